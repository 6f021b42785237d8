# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in texts for people: masked whole and line by line, however an encoder of JSON has escaped them."""

from __future__ import annotations

import functools
import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Characters of a value, and of one line of a value, from which on they are masked in texts.
SHORTEST, SHORTEST_LINE = 4, 6
MASK = "********"
# Encoders differ in what they escape (PHP the slash, Go the ampersand) and in the case of hex digits, so that the text
# is read back instead of the value written in all ways. The first is a pair for a character beyond U+FFFF.
ESCAPE = re.compile(
    r"""\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u([0-9a-f]{4})|\\(["'\\/bfnrt])""", re.IGNORECASE
)
CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# Where a text was cut: what is left of a value there is masked too.
CUT = "..."
# JSON within JSON: how often a text is read back.
DEPTH = 4


def masked(text: str, values: dict[str, t.Any]) -> str:
    """Return the text without the values and their lines, as they are and as any encoder of JSON writes them.

    A value below four characters stays: it occurs in any text, and masking it would only make the text unreadable.
    """
    pieces = {piece for entry in values.items() for piece in _pieces(secret_text(*entry))}
    spans = [
        (places[start], places[stop])
        for read, places in _readings(text)
        for piece in pieces
        for start, stop in (*_spans(read, piece), *_cut_spans(read, piece))
    ]
    shown, end = [], 0
    for start, stop in _joined(spans):
        shown += [text[end:start], MASK]
        end = stop
    return "".join([*shown, text[end:]])


def beginning(text: str, length: int) -> str:
    """Return a text cut to this length, so that ``masked`` still finds the part of a value at its end."""
    return text if len(text) <= length else f"{text[: length - len(CUT)]}{CUT}"


def ending(text: str, length: int) -> str:
    """Return the end of a text of this length, so that ``masked`` still finds the part of a value at its beginning."""
    return text if len(text) <= length else f"{CUT}{text[len(CUT) - length :]}"


@functools.lru_cache(maxsize=1024)  # a result has many texts
def _pieces(value: str) -> tuple[str, ...]:
    """Return a value of some length and its lines, without the space around them."""
    lines = [line for line in map(str.strip, value.splitlines()) if len(line) >= SHORTEST_LINE]
    return tuple(piece for piece in (value, value.strip(), *lines) if len(piece) >= SHORTEST)


def _readings(text: str) -> t.Iterator[tuple[str, t.Sequence[int]]]:
    """Yield the text, and what it says once its escapes are read, and theirs; with the place of each character."""
    places: t.Sequence[int] = range(len(text) + 1)
    for _level in range(DEPTH):
        yield text, places
        read: list[str] = []
        read_places: list[int] = []
        end = 0
        for found in ESCAPE.finditer(text):
            read += [text[end : found.start()], _character(found)]
            read_places += [*places[end : found.start()], places[found.start()]]
            end = found.end()
        if not end:
            return
        text, places = "".join([*read, text[end:]]), [*read_places, *places[end:]]


def _character(escape: re.Match[str]) -> str:
    high, low, code, letter = escape.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10 | int(low, 16) & 0x3FF))
    return chr(int(code, 16)) if code else CONTROLS.get(letter, letter)


def _spans(read: str, piece: str) -> t.Iterator[tuple[int, int]]:
    start = read.find(piece)
    while start >= 0:
        stop = start + len(piece)
        yield start, stop
        start = read.find(piece, stop)


def _cut_spans(read: str, piece: str) -> t.Iterator[tuple[int, int]]:
    """Yield where the piece begins before a cut, or ends after one."""
    if piece[:SHORTEST] not in read and piece[-SHORTEST:] not in read:
        return
    sizes = range(len(piece) - 1, SHORTEST - 1, -1)
    for start, stop in _spans(read, CUT):
        before = next((size for size in sizes if size <= start and read.startswith(piece[:size], start - size)), 0)
        after = next((size for size in sizes if read.startswith(piece[-size:], stop)), 0)
        yield from ((start - before, start), (stop, stop + after))


def _joined(spans: t.Iterable[tuple[int, int]]) -> t.Iterator[tuple[int, int]]:
    """Yield the spans in order, as one where they overlap."""
    start = stop = 0
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if begin >= stop and stop > start:
            yield start, stop
        start, stop = (begin, end) if begin >= stop else (start, max(stop, end))
    if stop > start:
        yield start, stop


def secret_text(name: str, value: t.Any) -> str:
    """Return a secret as text, true and false as YAML writes them; refuse what is not a single value."""
    if value is None or isinstance(value, (dict, list)):
        kind = "nothing" if value is None else "a mapping" if isinstance(value, dict) else "a list"
        raise Failure(f"service_secrets.{name}: expected a text, got {kind}. Give its value, or remove the name.")
    return str(value).lower() if isinstance(value, bool) else str(value)
