# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values that options of ``service_container`` have: sizes, durations, mounts, ports, names."""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.capabilities import ALL, NAMES
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import octal_mode
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    LONGEST,
    PATH,
    Kind,
    as_text,
    choice,
    either,
    is_address,
    is_command,
    is_host,
    is_number,
    is_path,
    is_scalar,
    list_of,
    mapping_of,
    mapping_with,
    number,
    text,
)

SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:(?<=[kmgt])i?b)?", re.IGNORECASE)
LEAST_INTERVAL = 1_000_000  # of a health check, in nanoseconds
ULIMITS = (
    *("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss"),
    *("rtprio", "rttime", "sigpending", "stack"),
)
# Of each of these a volume has one mode at most.
VOLUME_MODES = (
    ("ro", "rw"),
    ("z", "Z"),
    ("nocopy",),
    ("cached", "delegated", "consistent"),
    ("shared", "rshared", "slave", "rslave", "private", "rprivate"),
)
VOLUME_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]+")
LARGEST = 2**63  # bytes, of which the engine takes fewer
OURS = "longshore."
HIGHEST_ID = 2**31 - 1  # of a user or group in a container (runc)


def nanoseconds(duration: t.Any) -> int:
    """Return the nanoseconds of a health check's duration; a number is nanoseconds already, as the engine has it."""
    return duration if is_number(duration) else round(seconds(duration, "healthcheck") * 1_000_000_000)


def _is_size(value: t.Any) -> bool:
    if not isinstance(value, (int, str)) or isinstance(value, bool):
        return False
    found = SIZE.fullmatch(str(value))
    return found is not None and float(found[1]) * 1024 ** "bkmgt".index(found[2].lower() or "b") < LARGEST


def _is_interval(value: t.Any) -> bool:
    if not is_number(value) and not (isinstance(value, str) and re.search("[a-z]", value)):
        return False
    try:
        return nanoseconds(value) == 0 or nanoseconds(value) >= LEAST_INTERVAL
    except Failure:
        return False


def _is_test(value: t.Any) -> bool:
    if isinstance(value, list) and value:
        return value[0] == "NONE" or (value[0] in ("CMD", "CMD-SHELL") and is_command(value[1:]))
    return isinstance(value, str) and bool(value) and "\0" not in value


def _is_volume(value: t.Any) -> bool:
    parts = value.split(":") if isinstance(value, str) and "\0" not in value else []
    if len(parts) == 1:
        return is_path(parts[0])
    source = parts and (parts[0].startswith("/") or VOLUME_NAME.fullmatch(parts[0]))
    return bool(source) and len(parts) <= 3 and is_path(parts[1]) and _is_mode(":".join(parts[2:]) or "rw")


def _is_mode(value: t.Any) -> bool:
    modes = value.split(",") if isinstance(value, str) else [""]
    kinds = [kind for mode in modes for kind in VOLUME_MODES if mode in kind]
    return len(kinds) == len(modes) == len(set(kinds))


def _is_octal(value: t.Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[0-7]{3,4}", value))


def is_host_port(value: t.Any) -> bool:
    """Tell whether it is where the host publishes a port; without a value the engine chooses one."""
    if isinstance(value, list):
        return bool(value) and (_is_bound(value) or all(_is_bound(v) or _is_port(v) for v in value))
    return value is None or _is_port(value)


def _is_bound(value: t.Any) -> bool:
    """Return an address and a port of it, or an address alone: the SDK's tuple."""
    return isinstance(value, list) and 1 <= len(value) <= 2 and is_address(value[0]) and all(map(_is_port, value[1:]))


def _is_port(value: t.Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return False
    ends = str(value).split("-")
    numbers = [int(end) for end in ends if end.isdecimal() and int(end) < 65536]
    return len(numbers) == len(ends) <= 2 and numbers == sorted(numbers)


def is_container_port(value: t.Any) -> bool:
    """Tell whether it is a port of a container, with its protocol or without."""
    port, _slash, protocol = str(value).partition("/")
    return (
        port.isdecimal()
        and _is_port(port)
        and port != "0"
        and protocol in ("", "tcp", "udp", "sctp")
        and not isinstance(value, bool)
    )


def _is_id(value: t.Any) -> bool:
    """Tell whether it is a user or group, or both, in numbers that the engine takes or by name."""
    parts = str(value).split(":")
    numbers = all(int(part) <= HIGHEST_ID for part in parts if part.isdecimal())
    return (NAMED.accepts(value) or (is_number(value) and value >= 0)) and len(parts) <= 2 and numbers


def _are_cpus(value: t.Any) -> bool:
    """Tell whether it is a list of CPUs, whose ranges go up."""
    text_of = str(value) if is_number(value) else value
    ranges = (part.split("-") for part in text_of.split(",")) if CPU_LIST.accepts(text_of) else ()
    return CPU_LIST.accepts(text_of) and all(int(part[0]) <= int(part[-1]) for part in ranges)


def is_entry(value: t.Any) -> bool:
    """Tell whether it is NAME=value, no longer than Linux takes it."""
    return isinstance(value, str) and "\0" not in value and value.find("=") > 0 and len(value.encode()) <= LONGEST


BOOL = Kind("true or false without quotes", "true", lambda value: isinstance(value, bool))
SCALAR = Kind("a single value", '"1"', is_scalar)
ENTRY_VALUE = Kind(
    f"a single value of less than {LONGEST} bytes",
    "{TZ: UTC}",
    lambda value: is_scalar(value) and len(as_text(value).encode(errors="replace")) < LONGEST,
)
NAME = text("a name: text without = and without spaces at its ends", "{TZ: UTC}", r"[^=\0\s]([^=\0]*[^=\0\s])?")
LABEL = Kind(
    "a label of your own: labels that begin with longshore. are Longshore's",
    "{team: shop}",
    lambda value: isinstance(value, str) and bool(value) and "\0" not in value and not value.startswith(OURS),
)
LABEL_ENTRY = text(LABEL.what, "[team=shop]", r"(?!longshore\.)[^=\0][^\0]*")
ADDRESS = Kind("an IP address", "192.0.2.53", is_address)
WORD = text("a text", "json-file")
WORDS = list_of(WORD, "a list of texts", "[label=disable]")
NAMED = text("a name or number", "1000", r"[^\s\0]+")
ID = Kind(NAMED.what, NAMED.example, _is_id)
CPU_LIST = text("a list of CPUs", '"0-3"', r"\d+(-\d+)?(,\d+(-\d+)?)*")
CPUS = Kind(CPU_LIST.what, CPU_LIST.example, _are_cpus)
CAPABILITY = Kind(
    "a valid capability", "NET_ADMIN", lambda v: isinstance(v, str) and v.upper().removeprefix("CAP_") in (*NAMES, ALL)
)
CAPS = list_of(CAPABILITY, "a valid list of capabilities", "[NET_ADMIN]")
SIZED = Kind("a size", "512m", _is_size)
SWAP = Kind("a size, or -1 for no limit", "1g", lambda value: value == -1 or _is_size(value))
INTERVAL = Kind("a duration of at least 1ms, or nanoseconds", "10s", _is_interval)
MANY = number("a whole number of 0 or more", "3", 0)
LIMIT = number("a whole number, or -1 for no limit", "65536", -1)
HOST = Kind("a host's name", "web1", lambda value: is_host(value) and not is_address(value))
EXTRA_HOST = Kind("an IP address or host-gateway", "192.0.2.7", lambda v: is_address(v) or v == "host-gateway")
EXTRA_ENTRY = Kind(
    "a name and an IP address",
    '["db:192.0.2.7"]',
    lambda v: isinstance(v, str) and is_host(v.partition(":")[0]) and EXTRA_HOST.accepts(v.partition(":")[2]),
)
ANY = Kind("a value", "a", lambda _value: True)
MAPPING = mapping_of(ANY, "a mapping", "{Path: /dev/sda, Rate: 1048576}")
RATES = list_of(
    mapping_with({"Path": PATH, "Rate": MANY}, "a mapping", "{Path: /dev/sda, Rate: 1048576}", "Path", "Rate"),
    "a list of mappings",
    "[{Path: /dev/sda, Rate: 1048576}]",
)
WEIGHTS = list_of(
    mapping_with({"Path": PATH, "Weight": MANY}, "a mapping", "{Path: /dev/sda, Weight: 500}", "Path", "Weight"),
    "a list of mappings",
    "[{Path: /dev/sda, Weight: 500}]",
)
REQUESTS = list_of(MAPPING, "a list of mappings", "[{Driver: nvidia, Count: 1}]")
TEXTS = mapping_of(SCALAR, "a mapping of names to values", '{size: "10g"}', WORD)
TEXTS_OR_NONE = replace(TEXTS, accepts=lambda value: value is None or isinstance(value, dict))
BIND = mapping_with(
    {"bind": PATH, "mode": Kind("a list of modes", "ro", _is_mode), "propagation": WORD, "ro": BOOL},
    "a mapping with bind",
    "{/srv/data: {bind: /data, mode: ro}}",
    "bind",
)
VOLUMES = either(
    mapping_of(BIND, "a list or a mapping of volumes", "[/srv/data:/data]"),
    list_of(
        Kind("source:target or source:target:mode with an absolute target below /", "/srv/data:/data:ro", _is_volume),
        "a list",
        "[/srv/data:/data]",
    ),
)
MOUNT = mapping_with(
    {
        "target": PATH,
        "source": Kind(
            "a path or the name of a volume", "/srv/data", lambda value: value is None or WORD.accepts(value)
        ),
        "type": choice("bind", "volume", "tmpfs"),
        "consistency": choice("default", "consistent", "cached", "delegated"),
        "propagation": choice("rprivate", "private", "rshared", "shared", "rslave", "slave"),
        "tmpfs_size": SIZED,
        "tmpfs_mode": Kind("a quoted octal mode", '"1777"', _is_octal),
        "labels": TEXTS,
        "driver_config": MAPPING,
        "subpath": WORD,
        **dict.fromkeys(("read_only", "no_copy"), BOOL),
    },
    "a mapping",
    "{target: /data, source: /srv/data, type: bind}",
    "target",
)
DEVICE_PATH = text(
    "a device, as host, host:container or host:container:rwm", "/dev/fuse", r"/[^:\0]+(:/[^:\0]+)?(:[rwm]{1,3})?"
)
DEVICE = Kind(
    DEVICE_PATH.what, DEVICE_PATH.example, lambda value: isinstance(value, dict) or DEVICE_PATH.accepts(value)
)
HEALTH = {"test": Kind("a test", "[CMD, curl, -f, http://127.0.0.1/]", _is_test), "retries": MANY}
HEALTH.update(dict.fromkeys(("interval", "timeout", "start_period"), INTERVAL))
ULIMIT = {"name": choice(*ULIMITS), "soft": LIMIT, "hard": LIMIT}
RESTART = {
    "Name": Kind(
        "one of no, always, unless-stopped, on-failure",
        "always",
        lambda v: v is False or v in ("no", "always", "unless-stopped", "on-failure"),
    ),
    "MaximumRetryCount": MANY,
}


def tmpfs_mode(mount: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return a mount with its mode as the SDK takes it: the number that the octal text means."""
    mode = mount.get("tmpfs_mode")
    return mount if mode is None else {**mount, "tmpfs_mode": octal_mode(mode, "1777", "tmpfs_mode")}
