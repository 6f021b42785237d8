# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of ``service_container``: what type and range each has, before any engine is asked."""

from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_kinds import (
    ADDRESS,
    ANY,
    BOOL,
    CAPS,
    CPUS,
    DEVICE,
    ENTRY_VALUE,
    EXTRA_ENTRY,
    EXTRA_HOST,
    HEALTH,
    HOST,
    ID,
    LABEL,
    LABEL_ENTRY,
    MANY,
    MAPPING,
    MOUNT,
    NAME,
    RATES,
    REQUESTS,
    RESTART,
    SCALAR,
    SIZED,
    SWAP,
    TEXTS,
    TEXTS_OR_NONE,
    ULIMIT,
    VOLUMES,
    WEIGHTS,
    WORD,
    WORDS,
    is_container_port,
    is_entry,
    is_host_port,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    COMMAND,
    LONGEST,
    PATH,
    SIGNAL,
    Kind,
    choice,
    either,
    is_command,
    is_number,
    list_of,
    mapping_of,
    mapping_with,
    number,
    text,
)


def _both_ways(keys: dict[str, Kind]) -> dict[str, Kind]:
    """Return the keys and, as the SDK takes them as well, the engine's own names of them, which are in capitals."""
    return {**keys, **{"".join(part.capitalize() for part in name.split("_")): kind for name, kind in keys.items()}}


OPTIONS: dict[str, Kind] = {
    **dict.fromkeys(("auto_remove", "init", "network_disabled", "oom_kill_disable", "privileged"), BOOL),
    **dict.fromkeys(("publish_all_ports", "read_only", "stdin_open", "tty", "use_config_proxy"), BOOL),
    **dict.fromkeys(("cap_add", "cap_drop"), CAPS),
    **dict.fromkeys(("device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops"), RATES),
    "blkio_weight_device": WEIGHTS,
    "device_requests": REQUESTS,
    **dict.fromkeys(("mem_reservation", "kernel_memory"), SIZED),
    **dict.fromkeys(("cpu_rt_period", "cpu_rt_runtime", "cpu_count"), MANY),
    **dict.fromkeys(("cpuset_cpus", "cpuset_mems"), CPUS),
    **dict.fromkeys(("cgroup_parent", "init_path", "isolation", "platform", "runtime", "volume_driver"), WORD),
    **dict.fromkeys(("security_opt", "dns_opt"), WORDS),
    **dict.fromkeys(("lxc_conf", "links"), either(TEXTS, list_of(ANY, "a list", "[db:db]"))),
    "blkio_weight": Kind(
        "a number from 10 to 1000, or 0",
        "500",
        lambda value: is_number(value) and (value == 0 or 10 <= value <= 1000),
    ),
    "cgroupns": choice("private", "host"),
    "command": COMMAND,
    "cpu_percent": number("a number from 0 to 100", "50", 0, 100),
    "cpu_period": number("a number of microseconds from 1000 to 1000000", "100000", 1000, 1_000_000),
    "cpu_quota": Kind(
        "a number of microseconds of at least 1000, or -1",
        "50000",
        lambda value: is_number(value) and (value in (-1, 0) or value >= 1000),
    ),
    "cpu_shares": Kind(
        "a number from 2 to 262144, or 0", "512", lambda v: is_number(v) and (v == 0 or 2 <= v <= 262144)
    ),
    "device_cgroup_rules": list_of(
        text("a rule", "'c 42:* rmw'", r"[abc] (\d+|\*):(\d+|\*) [rwm]{1,3}"), "a list of rules", "['c 42:* rmw']"
    ),
    "devices": list_of(DEVICE, "a list of devices", "[/dev/fuse]"),
    "dns": list_of(ADDRESS, "a list of IP addresses", "[192.0.2.53]"),
    "dns_search": list_of(HOST, "a list of domains", "[example.com]"),
    "domainname": HOST,
    "entrypoint": Kind("a command", "[/entrypoint.sh]", lambda value: value in ([], "") or is_command(value)),
    "environment": either(
        mapping_of(ENTRY_VALUE, "a mapping of names to values", "{TZ: UTC}", NAME),
        list_of(Kind(f"NAME=value of at most {LONGEST} bytes", "[TZ=UTC]", is_entry), "a list", "[TZ=UTC]"),
    ),
    "extra_hosts": either(
        mapping_of(EXTRA_HOST, "a mapping of names to addresses", "{db: 192.0.2.7}", HOST),
        list_of(EXTRA_ENTRY, "a list", '["db:192.0.2.7"]'),
    ),
    "group_add": list_of(ID, "a list of groups", '["1000"]'),
    "healthcheck": mapping_with(_both_ways(HEALTH), "a mapping", "{test: [CMD, /health], interval: 10s}"),
    "hostname": text(
        "a name of a host in quotes, of at most 64 letters, digits and hyphens",
        '"web1"',
        r"(?!-)[A-Za-z0-9_.-]{1,64}(?<!-)",
    ),
    "ipc_mode": text(
        "one of none, private, shareable, host, container:NAME",
        "private",
        r"none|private|shareable|host|container:[\w.-]+",
    ),
    "labels": either(
        mapping_of(SCALAR, "a mapping of names to values", "{team: shop}", LABEL),
        list_of(LABEL_ENTRY, "a list", "[team=shop]"),
    ),
    "log_config": mapping_with(
        {"type": WORD, "config": TEXTS_OR_NONE}, "a mapping", "{type: json-file, config: {max-size: 10m}}"
    ),
    "mac_address": text("a MAC address", '"02:42:ac:11:00:02"', "([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}"),
    "mem_limit": SIZED,
    "mem_swappiness": number("a number from -1 to 100", "60", -1, 100),
    "memswap_limit": SWAP,
    "mounts": list_of(MOUNT, "a list of mappings", "[{target: /data, source: /srv/data, type: bind}]"),
    "nano_cpus": Kind(
        "a whole number of billionths of a CPU, at least 10000000",
        "500000000 for half a CPU",
        lambda value: is_number(value) and (value == 0 or value >= 10_000_000),
    ),
    "network": text("the name of a network", "backend", r"[A-Za-z0-9][\w.-]*"),
    "network_mode": text("host, bridge, none, container:NAME or a network", "host", r"(container:)?[A-Za-z0-9][\w.-]*"),
    "networking_config": MAPPING,
    "oom_score_adj": number("a number from -1000 to 1000", "-500", -1000, 1000),
    "pid_mode": text("host or container:NAME", "host", r"host|container:[\w.-]+"),
    "pids_limit": number("a whole number, or -1 for no limit", "200", -1),
    "ports": mapping_of(
        Kind("a port of the host, an address with a port, or a list of them", "[127.0.0.1, 8080]", is_host_port),
        "a mapping of the container's ports to the host's",
        "{80/tcp: 8080}",
        Kind("a port of the container", "80/tcp", is_container_port),
    ),
    "restart_policy": mapping_with(RESTART, "a restart policy", "{Name: always}", "Name"),
    "shm_size": SIZED,
    "stop_signal": SIGNAL,
    "stop_timeout": number("a whole number of seconds", "30", 0),
    "storage_opt": TEXTS,
    "sysctls": mapping_of(SCALAR, "a mapping of names to values", '{net.core.somaxconn: "1024"}', WORD),
    "tmpfs": either(
        mapping_of(SCALAR, "a mapping of paths to options", "{/run: size=1m}", PATH),
        list_of(PATH, "a list of paths", "[/run]"),
    ),
    "ulimits": list_of(
        mapping_with(_both_ways(ULIMIT), "a mapping", "{name: nofile, soft: 1024, hard: 4096}"),
        "a list of limits",
        "[{name: nofile, soft: 1024, hard: 4096}]",
    ),
    "user": ID,
    "userns_mode": choice("host"),
    "uts_mode": choice("host"),
    "volumes": VOLUMES,
    "volumes_from": Kind("a list of containers", "[data]", lambda v: isinstance(v, (list, str)) and bool(v)),
    "working_dir": text("an absolute path", "/srv", r"/[^\0]*"),
}
