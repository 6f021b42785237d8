# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the engine takes when it makes a container, and refuses only when it starts one."""

from __future__ import annotations

import contextlib
import json
import posixpath
import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.host_needs import IPC_SYSCTLS
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import (
    mount_targets,
    mounts_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.ports import Port, published
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import nearest
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import as_text

Options = dict[str, t.Any]
# Of a host: what stands for all of its addresses by IPv4, and by IPv6.
ALL_IPV4, ALL_IPV6 = "0.0.0.0", "::"
# Options of the drivers json-file and local; the first three are those of every driver.
LOG_OPTIONS = {
    "json-file": (
        *("mode", "max-buffer-size", "tag", "max-size", "max-file", "compress"),
        *("labels", "labels-regex", "env", "env-regex"),
    ),
    "local": ("mode", "max-buffer-size", "tag", "max-size", "max-file", "compress"),
}
LOG_SIZE = (re.compile(r"(?=.*[1-9])\d+(\.\d+)? ?([kmgt]i?)?b?", re.IGNORECASE), "a size of more than 0", "10m")
# Option -> what its value is, and an example.
LOG_VALUES = {
    **dict.fromkeys(("max-size", "max-buffer-size"), LOG_SIZE),
    "max-file": (re.compile("[1-9][0-9]*"), "a whole number of 1 or more", "9"),
    "mode": (re.compile("blocking|non-blocking"), "blocking or non-blocking", "non-blocking"),
    "compress": (re.compile("true|false"), "true or false", "true"),
}
TMPFS_FLAGS = (
    *("ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "sync", "async", "mand", "nomand", "dirsync"),
    *("atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime"),
    *(
        "defaults",
        "remount",
        "private",
        "rprivate",
        "shared",
        "rshared",
        "slave",
        "rslave",
        "unbindable",
        "runbindable",
    ),
)
TMPFS_VALUES = {
    **dict.fromkeys(("size", "nr_blocks", "nr_inodes"), re.compile(r"\d+[kmgKMG%]?")),
    "mode": re.compile("[0-7]{3,4}"),
    **dict.fromkeys(("uid", "gid"), re.compile(r"\d+")),
    "mpol": re.compile(r"\S+"),
}


def mounts_on_proc(options: Options) -> t.Iterator[str]:
    """Yield an error for each mount over the kernel's own files."""
    for target in map(posixpath.normpath, mount_targets(options)):
        if f"{target}/".startswith("/proc/"):
            yield f"volumes: nothing can be mounted at {target}, where the kernel has its own files; give another path"


def foreign_sysctls(options: Options) -> t.Iterator[str]:
    """Yield an error for each kernel parameter that no container has for itself."""
    for name in options.get("sysctls") or ():
        dotted = str(name).replace("/", ".")
        if not dotted.startswith(("net.", *IPC_SYSCTLS)) and dotted != "kernel.domainname":
            yield f"sysctls: {name} is the same for all of the host; set it there (sysctl.d), and remove it here"


def ports_twice(options: Options) -> t.Iterator[str]:
    """Yield an error for each port of the host that is published twice."""
    found: list[Port] = []
    for port in published(options):
        if port.number and any(_is_same(port, other) for other in found):
            yield f"ports: {port.number}/{port.protocol} of the host is given twice; remove one of them"
        found.append(port)


def _is_same(port: Port, other: Port) -> bool:
    one, two = port.address, other.address
    by_ipv6 = ":" in f"{one}{two}"
    alike = one == two or "" in (one, two) or (ALL_IPV6 if by_ipv6 else ALL_IPV4) in (one, two)
    of_one_kind = not one or not two or (":" in one) == (":" in two)
    return alike and of_one_kind and (port.number, port.protocol) == (other.number, other.protocol)


def wrong_tmpfs(options: Options) -> t.Iterator[str]:
    """Yield an error for each option of a tmpfs that the kernel does not know."""
    for mount in (mount for mount in mounts_of(options) if mount.option == "tmpfs"):
        for option in filter(None, mount.modes):
            name, equals, value = option.partition("=")
            known = name in TMPFS_VALUES and TMPFS_VALUES[name].fullmatch(value) if equals else name in TMPFS_FLAGS
            if not known:
                yield f"tmpfs.{mount.target}: {option!r} is not an option of a tmpfs (example: size=64m,mode=1777)"


def wrong_log_options(options: Options) -> t.Iterator[str]:
    """Yield an error for each option of Docker's own log drivers that is unknown, or no size or number."""
    log = options.get("log_config") or {}
    config, known = log.get("config") or {}, LOG_OPTIONS.get(log.get("type", "json-file"), ())
    for name, value in config.items() if known else ():
        pattern, what, example = LOG_VALUES.get(name, (None, "", ""))
        if name not in known:
            yield f"log_config.config.{name}: there is no such option; {nearest(str(name), known)}"
        elif pattern and not pattern.fullmatch(as_text(value)):
            yield f"log_config.config.{name}: {value!r} is not {what} (example: {example})"
        elif name.endswith("-regex") and not _is_pattern(as_text(value)):
            yield f"log_config.config.{name}: {value!r} is not a regular expression (example: ^team)"
    if known and as_text(config.get("compress")) == "true" and as_text(config.get("max-file")) == "1":
        yield "log_config.config.compress: only files that are full are compressed, and max-file 1 keeps none of them"


def _is_pattern(value: str) -> bool:
    with contextlib.suppress(re.error):
        return bool(re.compile(value))
    return False


def profiles_by_path(options: Options) -> t.Iterator[str]:
    """Yield an error for each seccomp profile that is no profile, such as a path: the engine reads no file of it."""
    for number, entry in enumerate(options.get("security_opt") or ()):
        name, value = (*re.split("[=:]", str(entry), maxsplit=1), "")[:2]
        if name == "seccomp" and value not in ("unconfined", "builtin") and not _is_json(value):
            yield (
                f"security_opt[{number}]: the engine takes the profile itself as JSON, and no path; write"
                " \"seccomp={{ lookup('file', 'PATH') }}\", or seccomp=unconfined"
            )


def _is_json(value: str) -> bool:
    with contextlib.suppress(ValueError):
        return isinstance(json.loads(value), dict)
    return False


def group_addresses(options: Options) -> t.Iterator[str]:
    """Yield an error for a MAC address that stands for several interfaces, which the kernel gives to none."""
    address = options.get("mac_address")
    if address and int(address[:2], 16) & 1:
        yield f"mac_address: {address} is an address of a group, as its first byte is odd (example: 02:42:ac:11:00:02)"


RULES = (
    *(mounts_on_proc, foreign_sysctls, ports_twice, wrong_tmpfs, wrong_log_options),
    *(profiles_by_path, group_addresses),
)
