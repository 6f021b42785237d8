# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A condition of a gate: what must hold around the replacement of an instance, beyond its own checks."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._masking import beginning
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.authorities import (
    refuse_wrong_authority,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    HEADER_NAME,
    METHOD,
    Kind,
    as_text,
    command_of,
    is_scalar,
    is_url,
    mapping_of,
    number,
    text,
)

HEADERS = mapping_of(
    Kind("a single value of one line", '"1"', lambda value: is_scalar(value) and not {"\r", "\n"} & set(str(value))),
    "a mapping of names to values",
    "{Accept: text/html}",
    HEADER_NAME,
)
STATUS = number("a status of HTTP", "200", 100, 599)
JSON = mapping_of(
    Kind("any value", "green", lambda _value: True),
    "a mapping of paths to values",
    "{status: green}",
    text("a path as text", "status"),
)
# Of an answer, for a message.
SHOWN = 300
OF_HTTP = ("method", "headers", "body", "status", "json", "ca_file")


@dataclass(frozen=True)
class Condition:
    """A question by HTTP, or a command in the instance's container; ``where`` names it in messages."""

    where: str
    timeout: float
    http: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: t.Any = None
    status: int | None = None
    json: dict[str, t.Any] = field(default_factory=dict)
    ca_file: str = ""
    verify: bool = True
    command: tuple[str, ...] = ()

    @classmethod
    def from_options(cls, options: dict[str, t.Any], where: str) -> Condition:
        """Return the condition of an entry of ``service_gate.before`` or ``after``; what is None was not given."""
        given = {name: value for name, value in options.items() if value not in (None, {}, [])}
        if ("http" in given) == ("command" in given):
            raise Failure(f"{where}: say either http, a URL, or command, a list such as [redis-cli, ping]")
        wrong = [name for name in OF_HTTP if name in given] if "command" in given else []
        # The default of verify is there where nobody wrote it.
        if "command" in given and given.get("verify") is False:
            wrong.append("verify")
        if wrong:
            raise Failure(f"{where}.{wrong[0]}: belongs to http; of a command the exit code counts")
        if "http" in given and not is_url(given["http"]):
            raise Failure(f"{where}.http: {given['http']!r} is not a valid URL; write it like http://127.0.0.1:9200/")
        if "command" in given:
            return cls(where, _timeout(given, where), command=command_of(given["command"], f"{where}.command"))
        refuse_wrong_authority(given.get("ca_file", ""), given.get("verify", True), where)
        for name, kind in {"method": METHOD, "headers": HEADERS, "status": STATUS, "json": JSON}.items():
            if name in given:
                kind.refuse(given[name], f"{where}.{name}")
        given["headers"] = {name: as_text(value) for name, value in given.get("headers", {}).items()}
        return cls(where, _timeout(given, where), **{n: v for n, v in given.items() if n != "timeout"})

    @property
    def shown(self) -> str:
        """What it asks, for messages."""
        return " ".join(self.command) if self.command else f"{self.method} {self.http}"

    def lacks(self, status: int, text: str) -> str:
        """Return what of an answer is not as asked; empty where the condition holds."""
        answer = f"HTTP {status}: {beginning(text, SHOWN)}"
        if not (status == self.status if self.status else 200 <= status < 300):
            return answer
        try:
            data = json.loads(text) if self.json else None
        except ValueError:
            return f"the answer is not JSON: {answer}"
        wrong = [f"{p} is {_text(_at(data, p))}, not {_text(v)}" for p, v in self.json.items() if not _same(data, p, v)]
        return ", ".join(wrong)


def conditions(options: t.Iterable[dict[str, t.Any]], where: str) -> tuple[Condition, ...]:
    """Return all entries of a list of conditions, in their order."""
    return tuple(Condition.from_options(entry, f"{where}[{number}]") for number, entry in enumerate(options))


def _timeout(options: dict[str, t.Any], where: str) -> float:
    return seconds(options.get("timeout", "1m"), f"{where}.timeout")


def _same(data: t.Any, path: str, value: t.Any) -> bool:
    """Return whether it is there; numbers and booleans may be written as texts, as templates make texts of them."""
    found = _at(data, path)
    return bool(found == value) or (found is not None and _text(found) == _text(value))


def _at(data: t.Any, path: str) -> t.Any:
    """Return what JSON has at a dotted path; numbers are positions in lists. None where there is nothing."""
    for part in path.split("."):
        if isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            data = data.get(part) if isinstance(data, dict) else None
    return data


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
