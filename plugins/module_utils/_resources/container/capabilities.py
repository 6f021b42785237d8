# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The capabilities of Linux by their names (capabilities(7)), in the order of their numbers."""

from __future__ import annotations

import typing as t

NAMES = (
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
)  # fmt: skip
ALL = "ALL"
# What engines before 23.0 ask for as ALL, whether they have it or not; newer ones give what they have.
ASKED_AS_ALL = NAMES[: NAMES.index("PERFMON")]


def asked_for(options: dict[str, t.Any]) -> list[tuple[str, str]]:
    """Return (option, name) of each capability that the container is to get; ALL is one of them."""
    added = options.get("cap_add") or ()
    found = [("cap_add", plain(name)) for name in added if isinstance(added, (list, tuple))]
    return found + ([("privileged", ALL)] if options.get("privileged") is True else [])


def missing(name: str, given: int, asks_for_all: bool) -> list[str]:
    """Return the capabilities of the name that are not among those of the bits ``given``.

    ``asks_for_all``: whether the engine asks for all that there are where it is told ALL.
    """
    asked = (ASKED_AS_ALL if asks_for_all else ()) if name == ALL else tuple(n for n in NAMES if n == name)
    return [one for one in asked if not given >> NAMES.index(one) & 1]


def plain(name: t.Any) -> str:
    """Return the name of a capability in capitals, without CAP_."""
    return str(name).upper().removeprefix("CAP_")
