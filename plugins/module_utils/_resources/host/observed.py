# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of a host before anything is done to it, and what is expected there."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Version = tuple[int, ...]


class Listener(t.NamedTuple):
    """A port that waits on an address which others may reach, and the process that holds it, where it can be seen.

    ``service``: as what Consul's agent has it registered, where the address is a public one.
    """

    port: int
    address: str
    process: str = ""
    service: str = ""


@dataclass(frozen=True)
class ObservedKernel:
    """The kernel and its parameters; a parameter is None where the kernel, or this user, does not have it."""

    version: Version
    overlay: bool = True
    controllers: frozenset[str] = frozenset(("cpu", "memory", "pids"))  # of the cgroups
    synchronised: bool | None = True  # the clock, by a time service
    conntrack_max: int | None = None
    map_count: int | None = None
    forwarding: bool = True
    # The firewall's answer to what is forwarded and no rule names, and whether the engine's rules are there.
    forward_policy: str = ""
    engine_rules: bool = True


@dataclass(frozen=True)
class ObservedEngine:
    """The engine: its version is empty where it does not answer, and ``problem`` then says why."""

    version: Version = ()
    problem: str = ""
    refused: bool = False  # it runs, and this user may not use it
    live_restore: bool = True
    at_boot: bool = True
    open_files: int | None = None  # the highest limit that it can give; -1: no limit
    folder: str = "/var/lib/docker"
    free: int | None = None  # bytes where the folder lies, or will lie


@dataclass(frozen=True)
class ObservedPackages:
    """What the role docker brings beside the engine, as far as it is there."""

    can_make: bool  # Python has what makes virtual environments
    installed: tuple[str, ...] = ()  # in the virtual environment, as ``name==version``
    unheld: tuple[str, ...] = ()  # of the packages asked for, those that upgrades would change


@dataclass(frozen=True)
class ObservedHost:
    """What a host has."""

    kernel: ObservedKernel
    engine: ObservedEngine
    python: Version
    user: str
    ensurepip: bool = True
    agent: Version = ()  # of the Consul that is installed; empty where there is none
    agent_listens: bool = True
    listeners: tuple[Listener, ...] = ()


@dataclass(frozen=True)
class Expected:
    """What a host should have for what is to run there; the role docker has the reasons."""

    connections: int
    map_count: int
    open_files: int
    free: int
    open_ports: frozenset[int] = frozenset()
