# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and numbers that users write: the unknown ones are refused with the nearest right one."""

from __future__ import annotations

import difflib
import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


def refuse_unknown(options: dict[str, t.Any], known: t.Sequence[str], where: str) -> None:
    """Raise ``Failure`` for the first key that is not known."""
    for name in options:
        if name not in known:
            raise Failure(f"{where}.{name}: there is no such key; {nearest(str(name), known)}")


def nearest(name: str, known: t.Sequence[str]) -> str:
    """Return a hint: the most similar known name, or all of them."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"


def repository_in(registry: str | None, name: str, key: str) -> str:
    """Return where an image of our own is pushed to; refuse a name that would be Docker Hub's without saying so.

    ``key``: what the name is given by, for the error.
    """
    if registry:
        return f"{registry.rstrip('/')}/{name}"
    host, slash, _rest = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        return name
    example = name if slash else f"acme/{name}"
    raise Failure(
        f"{name!r} would be pushed to Docker Hub, as no registry is set. Set service_registry to the host and port of"
        " your registry, usually in group_vars/all, or to ssh, which needs none; or write the registry into"
        f" {key}, such as docker.io/{example}"
    )


def octal_mode(mode: t.Any, example: str, where: str) -> int:
    """Return a mode as in chmod, written as octal digits in quotes; ``where`` names it in the error.

    Without quotes YAML reads 0644 as an octal number, 420, and nobody can tell that from a 420 that was written.
    """
    if not isinstance(mode, str) or not re.fullmatch(r"[0-7]{3,4}", mode):
        raise Failure(f'{where}: {mode!r} is not a valid octal mode in quotes (example: "{example}")')
    return int(mode, 8)


def refuse_doubles(names: t.Sequence[str], where: str) -> None:
    """Raise ``Failure`` for the first name that two entries of a list have."""
    for number_, name in enumerate(names):
        if name in names[:number_]:
            raise Failure(f"{where}[{number_}]: {name} is in the list twice; remove or rename one of them")


def number(value: t.Any, highest: int, what: str, where: str) -> int:
    """Return a number from 1 to ``highest``, also of a text, as templates make them. ``what`` it is, for the error."""
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) <= highest:
        raise Failure(f"{where}: {value!r} is not a valid {what}; write a number from 1 to {highest}")
    return int(text)


def port(value: t.Any, where: str) -> int:
    """Return a port of TCP or UDP."""
    return number(value, 65535, "port", where)
