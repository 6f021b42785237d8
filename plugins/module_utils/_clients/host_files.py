# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host itself has: files and what is mounted, room on its disks, and what its engine may give."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import lies_in

ENGINE_PID = "/run/docker.pid"
# The engine's names of limits -> the kernel's, as in /proc/PID/limits.
LIMITS = {
    "as": "Max address space",
    "core": "Max core file size",
    "cpu": "Max cpu time",
    "data": "Max data size",
    "fsize": "Max file size",
    "locks": "Max file locks",
    "memlock": "Max locked memory",
    "msgqueue": "Max msgqueue size",
    "nice": "Max nice priority",
    "nofile": "Max open files",
    "nproc": "Max processes",
    "rss": "Max resident set",
    "rtprio": "Max realtime priority",
    "rttime": "Max realtime timeout",
    "sigpending": "Max pending signals",
    "stack": "Max stack size",
}
# Its bit among the capabilities (capabilities(7)): who has it may raise hard limits.
SYS_RESOURCE = 24


def is_socket(path: str) -> bool:
    """Return whether a path is a Unix socket."""
    with contextlib.suppress(OSError):
        return stat.S_ISSOCK(os.stat(path).st_mode)
    return False


def mounts_below(path: str) -> list[str]:
    """Return where something is mounted below a path."""
    beginning = os.path.realpath(path).rstrip("/") + "/"
    with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
        points = (_unescaped(line.split()[4]) for line in file)
        return sorted({point for point in points if point.startswith(beginning) and point != "/"})


def _unescaped(point: str) -> str:
    """Return a path of /proc/PID/mountinfo, which has blanks and the like as octal numbers."""
    return re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), point)


def large_logs(folder: str, size: int) -> list[str]:
    """Return files ``*.log`` of a folder that have more than ``size`` bytes."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return sorted(e.path for e in entries if e.name.endswith(".log") and e.is_file() and e.stat().st_size > size)
    return []


def free_bytes(path: str) -> int | None:
    """Return bytes that are free for root where a path lies; None where there is no such path here."""
    with contextlib.suppress(OSError):
        disk = os.statvfs(path)
        return disk.f_bfree * disk.f_frsize
    return None


def engine_limits() -> dict[str, int] | None:
    """Return the highest hard limits that the engine can give, by its names of them, in its units (-1: no limit).

    None where they can't be told, {} where it may raise them all.
    """
    bounds, lines = engine_capabilities(), _of_engine("limits")
    if bounds is None or lines is None:
        return None
    if bounds >> SYS_RESOURCE & 1:
        return {}
    hard = {name: re.search(rf"^{title}\s+\S+\s+(\S+)", lines, re.MULTILINE) for name, title in LIMITS.items()}
    return {name: -1 if found[1] == "unlimited" else int(found[1]) for name, found in hard.items() if found}


def engine_capabilities() -> int | None:
    """Return the capabilities that the engine can give, a bit each (capabilities(7)); None where they can't be told."""
    found = re.search(r"^CapBnd:\s*([0-9a-f]+)$", _of_engine("status") or "", re.MULTILINE)
    return int(found[1], 16) if found else None


def _of_engine(name: str) -> str | None:
    """Return a file of /proc of the engine's process."""
    process = _number(ENGINE_PID)
    with contextlib.suppress(OSError), open(f"/proc/{process}/{name}", encoding="utf-8", errors="replace") as file:
        return file.read()
    return None


def numbers_online(kind: str) -> set[int] | None:
    """Return the numbers of this host's CPUs (``cpu``) or memory nodes (``node``); None where they can't be told."""
    with contextlib.suppress(OSError), open(f"/sys/devices/system/{kind}/online", encoding="ascii") as file:
        return numbers_in(file.read().strip())
    return None


def numbers_in(text: str) -> set[int] | None:
    """Return the numbers of a list such as ``0-3,7``; None where it is no such list."""
    if not re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", text):
        return None
    ranges = (part.partition("-") for part in text.split(","))
    return {n for first, _dash, last in ranges for n in range(int(first), int(last or first) + 1)}


def sysctl(name: str) -> str | None:
    """Return a parameter of this host's kernel, named with dots or slashes; None for none, empty for an unreadable."""
    path = "/proc/sys/" + name.replace(".", "/")
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        return file.read().strip()
    return "" if os.path.exists(path) else None


def is_device(path: str) -> bool:
    """Return whether a path is a device, or a folder with some, of which a container gets all."""
    with contextlib.suppress(OSError):
        mode = os.stat(path).st_mode
        below = (os.path.join(folder, name) for folder, _folders, names in os.walk(path) for name in names)
        return _is_node(mode) or (stat.S_ISDIR(mode) and any(_is_node(os.lstat(file).st_mode) for file in below))
    return False


def _is_node(mode: int) -> bool:
    return stat.S_ISCHR(mode) or stat.S_ISBLK(mode)


def is_block_device(path: str) -> bool:
    """Return whether a path is a device that has blocks, such as a disk."""
    with contextlib.suppress(OSError):
        return stat.S_ISBLK(os.stat(path).st_mode)
    return False


def propagation(path: str) -> frozenset[str]:
    """Return ``shared`` and ``master`` as far as the mount has them on which a path lies, as the engine sees it."""
    table, place = _of_engine("mountinfo") or "", os.path.realpath(path)
    found = frozenset(("shared", "master"))  # where it can't be told nothing is refused
    longest = ""
    for line in table.splitlines():
        fields = line.split()
        point = _unescaped(fields[4])
        if lies_in(place, [point]) and len(point) >= len(longest):
            longest, found = point, frozenset(f.partition(":")[0] for f in fields[6 : fields.index("-")])
    return found


def emulates(machine: str) -> bool:
    """Return whether the kernel runs programs of another machine by an emulator (binfmt_misc)."""
    with contextlib.suppress(OSError), open(f"/proc/sys/fs/binfmt_misc/qemu-{machine}", encoding="ascii") as file:
        return file.readline().strip() == "enabled"
    return False


def most_open_files() -> int | None:
    """Return what no limit of open files may exceed, whoever asks (proc(5), fs.nr_open)."""
    return _number("/proc/sys/fs/nr_open")


def _number(path: str) -> int | None:
    with contextlib.suppress(OSError, ValueError), open(path, encoding="ascii") as file:
        return int(file.read())
    return None


def mentioned_in(files: t.Iterable[str], text: str) -> bool:
    """Return whether one of these files has a text."""
    for path in files:
        with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
            if text in file.read():
                return True
    return False
