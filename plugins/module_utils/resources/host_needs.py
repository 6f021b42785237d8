# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container's options take of its host: sources that are mounted, and ports that are published."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Options = dict[str, t.Any]
# Kinds of propagation by which a container sees mounts that come later.
PROPAGATED = ("shared", "rshared", "slave", "rslave")


@dataclass(frozen=True)
class Bind:
    """A path of the host that is mounted into a container; ``key`` names the option."""

    key: str
    source: str
    sees_later_mounts: bool = False


def binds(options: Options) -> list[Bind]:
    """All that ``volumes`` and ``mounts`` take of the host; volumes with a name are Docker's own."""
    found = [*_of_volumes(options.get("volumes") or ()), *_of_mounts(options.get("mounts") or ())]
    return [bind for bind in found if bind.source.startswith("/")]


def _of_volumes(volumes: t.Any) -> t.Iterator[Bind]:
    if isinstance(volumes, dict):
        for source, how in volumes.items():
            yield Bind("volumes", str(source), str(how.get("propagation", "")) in PROPAGATED)
    else:
        for volume in volumes:
            source, colon, rest = str(volume).partition(":")
            if colon:
                yield Bind("volumes", source, not set(rest.partition(":")[2].split(",")).isdisjoint(PROPAGATED))


def _of_mounts(mounts: t.Iterable[Options]) -> t.Iterator[Bind]:
    for mount in mounts:
        if mount.get("type") == "bind":
            sees = mount.get("propagation") in PROPAGATED
            yield Bind("mounts", str(mount.get("source") or ""), sees)


def published_ports(options: Options) -> frozenset[int]:
    """TCP ports of the host that ``ports`` asks for; those that the engine chooses are not known."""
    ports = options.get("ports")
    found: set[int] = set()
    for inner, outer in ports.items() if isinstance(ports, dict) else ():
        if not str(inner).endswith(("/udp", "/sctp")):
            found.update(_numbers(outer))
    return frozenset(found)


def _numbers(outer: t.Any) -> t.Iterator[int]:
    """Of a port as the SDK takes it: a number, an address with a number, or a list of them."""
    if isinstance(outer, (list, tuple)):
        for part in outer:
            yield from _numbers(part)
    elif str(outer).isdecimal():
        yield int(outer)
