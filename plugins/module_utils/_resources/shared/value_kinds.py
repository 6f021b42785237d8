# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values that users write: what each accepts, and the error that names the key, the value and an example."""

from __future__ import annotations

import datetime
import ipaddress
import math
import re
import shlex
import typing as t
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import nearest

# Linux takes no longer argument or entry of the environment (MAX_ARG_STRLEN, with the NUL at its end).
LONGEST = 131071
# Of a value, in an error.
SHOWN = 80
Accepts = t.Callable[[t.Any], bool]
SIGNALS = (
    *("HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "IOT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE"),
    *("ALRM", "TERM", "STKFLT", "CHLD", "CLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ"),
    *("VTALRM", "PROF", "WINCH", "IO", "POLL", "PWR", "SYS", "RTMIN", "RTMAX"),
)
HIGHEST_SIGNAL = 64


@dataclass(frozen=True)
class Kind:
    """What a value must be. ``what`` completes "is not ..." and ``example`` shows a right one.

    ``elements`` are the kind of a list's elements or a mapping's values, ``names`` the kind of a mapping's names;
    ``keys`` are those of a mapping that has a fixed set of them, ``required`` the ones it must have. ``as_list`` is the
    kind of a list where the value may be one instead.
    """

    what: str
    example: str
    accepts: Accepts
    elements: Kind | None = None
    names: Kind | None = None
    keys: t.Mapping[str, Kind] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    as_list: Kind | None = None

    def problems(self, value: t.Any, where: str) -> t.Iterator[str]:
        """Yield an error for each part of the value that is wrong; ``where`` is the path of its key."""
        if self.as_list and isinstance(value, list):
            yield from self.as_list.problems(value, where)
        elif not self.accepts(value):
            yield f"{where}: {shown(value)} is not {self.what} (example: {self.example})"
        elif isinstance(value, dict):
            yield from self._keys(value, where)
        elif isinstance(value, list) and self.elements:
            for number, element in enumerate(value):
                yield from self.elements.problems(element, f"{where}[{number}]")

    def _keys(self, value: dict[t.Any, t.Any], where: str) -> t.Iterator[str]:
        for name in self.required:
            if name not in value:
                yield f"{where}.{name}: is missing (example: {self.example})"
        for name, inner in value.items():
            if self.keys and name not in self.keys:
                yield f"{where}.{name}: there is no such key; {nearest(str(name), tuple(self.keys))}"
            elif self.keys:
                yield from self.keys[name].problems(inner, f"{where}.{name}")
            else:
                yield from self.names.problems(name, where) if self.names else ()
                yield from self.elements.problems(inner, f"{where}.{name}") if self.elements else ()

    def refuse(self, value: t.Any, where: str) -> None:
        """Raise ``Failure`` with all that is wrong, a line each."""
        found = list(self.problems(value, where))
        if found:
            raise Failure("\n".join(found))


def shown(value: t.Any) -> str:
    """Return a value for an error, shortened where it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def text(what: str, example: str, pattern: str = r"[^\0]+") -> Kind:
    """Return the kind of a text that matches the whole pattern."""
    compiled = re.compile(pattern)
    return Kind(what, example, lambda value: isinstance(value, str) and bool(compiled.fullmatch(value)))


def number(what: str, example: str, least: int, most: float = math.inf) -> Kind:
    """Return the kind of a whole number within a range."""
    return Kind(what, example, lambda value: is_number(value) and least <= value <= most)


def choice(*words: str) -> Kind:
    """Return the kind of one word out of several."""
    return Kind(f"one of {', '.join(words)}", words[0], lambda value: isinstance(value, str) and value in words)


def list_of(elements: Kind, what: str, example: str) -> Kind:
    """Return the kind of a list."""
    return Kind(what, example, lambda value: isinstance(value, list), elements)


def mapping_of(elements: Kind, what: str, example: str, names: Kind | None = None) -> Kind:
    """Return the kind of a mapping with names of the user's own."""
    return Kind(what, example, lambda value: isinstance(value, dict), elements, names)


def mapping_with(keys: t.Mapping[str, Kind], what: str, example: str, *required: str) -> Kind:
    """Return the kind of a mapping with these keys."""
    return Kind(what, example, lambda value: isinstance(value, dict), keys=keys, required=required)


def either(mapping: Kind, listing: Kind) -> Kind:
    """Return the kind of what may be written as a mapping or as a list."""
    return replace(mapping, as_list=listing)


def is_number(value: t.Any) -> bool:
    """Tell whether it is a whole number; Python counts booleans among them."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_scalar(value: t.Any) -> bool:
    """Tell whether it is a single value that has a text: no list, no mapping, no infinity, no NUL."""
    if isinstance(value, float):
        return math.isfinite(value)
    return (
        value is None or isinstance(value, (bool, int, datetime.date)) or (isinstance(value, str) and "\0" not in value)
    )


def as_text(value: t.Any) -> str:
    """Return a value as YAML writes it: ``true`` and ``false``, and nothing for null."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def is_address(value: t.Any) -> bool:
    """Tell whether it is an IP address."""
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def is_host(value: t.Any) -> bool:
    """Tell whether it is an IP address or a host's name."""
    label = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
    named = isinstance(value, str) and len(value) <= 253 and re.fullmatch(rf"{label}(\.{label})*\.?", value)
    # Names of digits alone are taken for addresses, such as 192.0.2.300.
    return is_address(value) or (bool(named) and not re.fullmatch(r"[\d.]+", value))


def is_url(value: t.Any) -> bool:
    """Tell whether it is a URL of HTTP with a host, and with a valid port where it has one."""
    try:
        parts = urlsplit(value if isinstance(value, str) and not re.search(r"[\s\0]", value) else "")
        return parts.scheme in ("http", "https") and is_host(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_path(value: t.Any) -> bool:
    """Tell whether it is an absolute path, without ``..`` and other than the root."""
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        return False
    parts = [part for part in value.split("/") if part not in ("", ".")]
    return bool(parts) and ".." not in parts


def is_command(value: t.Any) -> bool:
    """Tell whether it is a command: a text that a shell could split, or a list of arguments."""
    try:
        words = shlex.split(value) if isinstance(value, str) else value
    except ValueError:
        return False
    return isinstance(words, list) and bool(words) and all(map(is_argument, words))


def is_argument(value: t.Any) -> bool:
    """Tell whether Linux would take it as one argument of a command."""
    return is_scalar(value) and value is not None and len(as_text(value).encode(errors="replace")) <= LONGEST


def is_signal(value: t.Any) -> bool:
    """Tell whether it is a signal, by its name with or without SIG, or by its number."""
    name = str(value).upper()
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return False
    if name.isdecimal():
        return 0 < int(name) <= HIGHEST_SIGNAL
    base = re.fullmatch(r"(?:SIG)?([A-Z0-9]+?)(?:(?<=RTMIN)\+\d{1,2}|(?<=RTMAX)-\d{1,2})?", name)
    return bool(base) and t.cast("re.Match[str]", base)[1] in SIGNALS


OWNER = number("the number of a user or group", "1000", 0, 2**32 - 2)
METHOD = text("a method of HTTP in capitals", "POST", "[A-Z]+")
HEADER_NAME = text("the name of a header", "Accept", r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
COMMAND = Kind("a command", "[nginx, -g, 'daemon off;']", is_command)
SIGNAL = Kind("a signal", "HUP", is_signal)
PATH = Kind("an absolute path below / without ..", "/srv/web", is_path)


def refuse_wrong_owners(options: dict[str, t.Any], where: str) -> None:
    """Refuse numbers that no user or group can have; ``chown`` would leave a file as it is for -1."""
    for name in ("owner", "group"):
        if options.get(name) is not None:
            OWNER.refuse(options[name], f"{where}.{name}")


def command_of(value: t.Any, where: str) -> tuple[str, ...]:
    """Return the words of a command, written as a text or as a list of arguments."""
    COMMAND.refuse(value, where)
    return tuple(shlex.split(value) if isinstance(value, str) else map(as_text, value))
