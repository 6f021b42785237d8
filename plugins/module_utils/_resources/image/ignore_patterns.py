# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The patterns of a .dockerignore file, matched exactly as BuildKit matches them (moby/patternmatcher).

The matcher of the Docker SDK is built on fnmatch: it ignores case, and loses folders below an exception such as
``!**/*.py``.
"""

from __future__ import annotations

import posixpath
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

BYTE_ORDER_MARK = "\ufeff"
WILDCARDS = frozenset("*?[]\\")
# What moby/patternmatcher means to escape in its regular expressions, and does not: "*|b" leaves out everything.
UNESCAPED = frozenset("^{|}")

# For each pattern whether it matched a path or a folder above it.
Matched = tuple[bool, ...]


@dataclass(frozen=True)
class Pattern:
    """One line: ``text`` without the ``!`` of an exception."""

    text: str
    exception: bool
    expression: re.Pattern[str]

    def may_match_below(self, folder: str) -> bool:
        """Tell whether something below a folder can match; True where only trying tells."""
        fixed = self.text[:-3] if self.text.endswith("/**") else self.text
        return bool(WILDCARDS & set(fixed)) or f"{fixed}/".startswith(f"{folder}/")


@dataclass(frozen=True)
class IgnorePatterns:
    """All patterns of a file in their order: the last one that matches a path decides."""

    patterns: tuple[Pattern, ...] = ()

    @classmethod
    def from_text(cls, text: str, where: str) -> IgnorePatterns:
        """Read the lines of a file; ``where`` names it in errors."""
        if "\0" in text:
            raise Failure(f"{where} is not UTF-8 text (it has NUL bytes, as UTF-16 has). Save it as UTF-8.")
        lines = text[len(BYTE_ORDER_MARK) :] if text.startswith(BYTE_ORDER_MARK) else text
        # Only a line feed ends a line, and a comment has its # in the first column.
        kept = (line.strip() for line in lines.split("\n") if not line.startswith("#"))
        return cls(tuple(_pattern(line, where) for line in kept if line))

    def excludes(self, path: str, above: Matched = ()) -> tuple[bool, Matched]:
        """Tell whether a path is left out, and what its entries need as ``above``.

        ``above`` is what this gave for the folder that holds the path, nothing at the top.
        """
        excluded = False
        matched = []
        for index, pattern in enumerate(self.patterns):
            matches = bool(above) and above[index]
            # An exception counts only for what is left out so far, any other pattern only for what is not.
            if not matches and pattern.exception == excluded:
                matches = bool(pattern.expression.search(path))
            matched.append(matches)
            if matches:
                excluded = not pattern.exception
        return excluded, tuple(matched)

    def may_keep_below(self, folder: str) -> bool:
        """Tell whether something below a folder that is left out may be an exception."""
        return any(pattern.exception and pattern.may_match_below(folder) for pattern in self.patterns)


def _pattern(line: str, where: str) -> Pattern:
    exception = line.startswith("!")
    text = line[1:].strip() if exception else line
    text = posixpath.normpath(text).lstrip("/").strip() if text else ""
    if exception and not text:
        raise Failure(f"{where}: the pattern {line!r} names no path. Write what to keep behind it.")
    try:
        return Pattern(text, exception, _expression(text))
    except re.error as error:
        raise Failure(f"{where}: {line!r} is not a valid pattern ({error.msg}).") from error


def _expression(text: str) -> re.Pattern[str]:
    """Translate a pattern as moby/patternmatcher does, its kinds without wildcards included."""
    plain = not WILDCARDS & set(text.replace("**", "", 1))
    if plain and text.startswith("**"):
        # Everything that ends like this, in whatever folder: **.log and **/log.
        ending = re.escape(text[2:])
        return re.compile(rf"{ending}\Z" + (rf"|^{re.escape(text[3:])}\Z" if text[2:3] == "/" else ""))
    if plain and text.endswith("**"):
        return re.compile(f"^{re.escape(text[:-2])}")
    if not WILDCARDS & set(text):
        return re.compile(rf"^{re.escape(text)}\Z")
    return re.compile(rf"^{''.join(_translated(text))}\Z")


def _translated(text: str) -> t.Iterator[str]:
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if text.startswith("**", at - 1):
            at += 1
            at += text.startswith("/", at)
            yield ".*" if at == len(text) else "(.*/)?"
        elif char == "*":
            yield "[^/]*"
        elif char == "?":
            yield "[^/]"
        elif char == "\\":
            if at == len(text):
                raise re.error("nothing is escaped by the backslash at its end")
            yield re.escape(text[at])
            at += 1
        elif char == "[":
            end = _end_of_class(text, at)
            yield "[" + re.sub(r"(?<!\\)\[", r"\\[", text[at:end]) + "]"
            at = end + 1
        else:
            yield char if char in UNESCAPED else re.escape(char)


def _end_of_class(text: str, at: int) -> int:
    """Return where the ] of a character class is, whose first character is at ``at``."""
    at += text.startswith("^", at)
    first = at
    while at < len(text) and text[at] != "]":
        at += 2 if text[at] == "\\" else 1
    if at >= len(text) or at == first:
        raise re.error("its character class [ ] is empty or has no end")
    return at
