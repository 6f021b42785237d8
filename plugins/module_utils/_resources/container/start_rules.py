# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the engine takes when it makes a container, and refuses only when it starts one."""

from __future__ import annotations

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
LOG_SIZE = re.compile(r"\d+(\.\d+)? ?([kmgt]i?)?b?", re.IGNORECASE)
# Options of the drivers json-file and local.
LOG_OPTIONS = {
    "json-file": ("max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag"),
    "local": ("max-size", "max-file", "compress"),
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
        if name not in known:
            yield f"log_config.config.{name}: there is no such option; {nearest(str(name), known)}"
        elif name == "max-size" and not LOG_SIZE.fullmatch(as_text(value)):
            yield f"log_config.config.max-size: {value!r} is not a size (example: 10m)"
        elif name == "max-file" and not re.fullmatch("[1-9][0-9]*", as_text(value)):
            yield f"log_config.config.max-file: {value!r} is not a whole number of 1 or more (example: 9)"


RULES = (mounts_on_proc, foreign_sysctls, ports_twice, wrong_tmpfs, wrong_log_options)
