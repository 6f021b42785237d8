# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``service_container`` as options of ``docker run``."""

from __future__ import annotations

import shlex
import typing as t

Words = list[str]
Values = dict[str, t.Any]

# Options of the Docker SDK that docker run has by the same name, and those that it calls otherwise.
SAME = (
    *("blkio_weight", "cgroup_parent", "cgroupns", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime"),
    *("cpu_shares", "cpuset_cpus", "cpuset_mems", "domainname", "hostname", "isolation", "kernel_memory"),
    *("mac_address", "network", "oom_score_adj", "pids_limit", "platform", "runtime", "shm_size", "stop_signal"),
    *("stop_timeout", "user", "volume_driver"),
)
VALUES = {
    **{name: f"--{name.replace('_', '-')}" for name in SAME},
    "ipc_mode": "--ipc",
    "mem_limit": "--memory",
    "mem_reservation": "--memory-reservation",
    "mem_swappiness": "--memory-swappiness",
    "memswap_limit": "--memory-swap",
    "network_mode": "--network",
    "pid_mode": "--pid",
    "userns_mode": "--userns",
    "uts_mode": "--uts",
    "working_dir": "--workdir",
}
SWITCHES = {
    "auto_remove": "--rm",
    "init": "--init",
    "oom_kill_disable": "--oom-kill-disable",
    "privileged": "--privileged",
    "publish_all_ports": "--publish-all",
    "read_only": "--read-only",
    "stdin_open": "--interactive",
    "tty": "--tty",
}
# Each takes the option once for each entry of a list, or of a mapping with what stands between name and value.
ENTRIES = {
    "cap_add": ("--cap-add", "="),
    "cap_drop": ("--cap-drop", "="),
    "device_cgroup_rules": ("--device-cgroup-rule", "="),
    "devices": ("--device", "="),
    "dns": ("--dns", "="),
    "dns_opt": ("--dns-option", "="),
    "dns_search": ("--dns-search", "="),
    "environment": ("--env", "="),
    "extra_hosts": ("--add-host", ":"),
    "group_add": ("--group-add", "="),
    "labels": ("--label", "="),
    "links": ("--link", ":"),
    "security_opt": ("--security-opt", "="),
    "storage_opt": ("--storage-opt", "="),
    "sysctls": ("--sysctl", "="),
    "volumes_from": ("--volumes-from", "="),
}
RATES = ("device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops")
PAIRS = {
    **{name: (f"--{name.replace('_', '-')}", "Path", "Rate") for name in RATES},
    "blkio_weight_device": ("--blkio-weight-device", "Path", "Weight"),
}
# Keys of a mount as --mount has them.
MOUNT = {
    "consistency": "consistency",
    "no_copy": "volume-nocopy",
    "propagation": "bind-propagation",
    "source": "source",
    "target": "target",
    "tmpfs_mode": "tmpfs-mode",
    "tmpfs_size": "tmpfs-size",
    "type": "type",
}
NANOSECONDS = 1_000_000_000


def docker_run(name: str, image: str, options: Values) -> tuple[list[Words], list[str]]:
    """Return ``docker run`` as words, grouped by line, and the options that it has no way to say.

    ``options``: as ``normalised`` returns them.
    """
    lines: list[Words] = [["docker", "run", "--detach", "--name", name]]
    unsaid: list[str] = []
    for option, value in options.items():
        if option == "command" or value is None:
            continue
        said = words_of(option, value)
        if said is None:
            unsaid.append(option)
        else:
            lines += said
    entrypoint = options.get("entrypoint")
    rest = _split(entrypoint)[1:] if entrypoint else []
    lines.append([image, *rest, *_split(options.get("command") or [])])
    return lines, unsaid


def words_of(option: str, value: t.Any) -> list[Words] | None:
    """Return what says an option and its value; None where docker run has nothing for it."""
    if option in VALUES:
        return [[VALUES[option], str(value)]]
    if option in SWITCHES:
        return [[SWITCHES[option]]] if value else []
    if option in ENTRIES and not (isinstance(value, list) and any(isinstance(entry, dict) for entry in value)):
        flag, between = ENTRIES[option]
        return [[flag, entry] for entry in _entries(value, between)]
    if option in PAIRS:
        flag, first, second = PAIRS[option]
        return [[flag, f"{entry[first]}:{entry[second]}"] for entry in value]
    return SPECIAL[option](value) if option in SPECIAL else None


def _split(command: t.Any) -> Words:
    return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]


def _entries(value: t.Any, between: str) -> Words:
    if isinstance(value, dict):
        return [f"{name}{between}{inner}" for name, inner in value.items()]
    return [value] if isinstance(value, str) else [str(entry) for entry in value]


def _entrypoint(value: t.Any) -> list[Words]:
    return [["--entrypoint", _split(value)[0] if value else ""]]


def _restart(policy: Values) -> list[Words]:
    count = policy.get("MaximumRetryCount")
    return [["--restart", f"{policy['Name']}:{count}" if count else policy["Name"]]]


def _log(config: Values) -> list[Words]:
    options = (["--log-opt", f"{name}={value}"] for name, value in (config.get("config") or {}).items())
    return [["--log-driver", config["type"]], *options]


def _healthcheck(value: Values) -> list[Words] | None:
    """Return the health check; docker run has none of a command without a shell."""
    given = {name.lower().replace("_", ""): inner for name, inner in value.items()}
    test = given.get("test")
    if test == ["NONE"]:
        return [["--no-healthcheck"]]
    if isinstance(test, list) and test[0] != "CMD-SHELL":
        return None
    command = [["--health-cmd", test if isinstance(test, str) else test[1]]] if test else []
    times = {"interval": "--health-interval", "timeout": "--health-timeout", "startperiod": "--health-start-period"}
    said = [[flag, f"{given[name] / NANOSECONDS:g}s"] for name, flag in times.items() if given.get(name)]
    return [*command, *said, *([["--health-retries", str(given["retries"])]] if given.get("retries") else [])]


def _ports(ports: Values) -> list[Words]:
    """Return the published ports; without one of the host the engine chooses it."""
    lines: list[Words] = []
    for inner, outer in ports.items():
        several = outer if isinstance(outer, list) else [outer]
        for bound in several:
            parts = [str(part) for part in bound] if isinstance(bound, tuple) else [] if bound is None else [str(bound)]
            if isinstance(bound, tuple) and len(parts) == 1:
                parts.append("")
            lines.append(["--publish", ":".join([*parts, str(inner)])])
    return lines


def _tmpfs(value: t.Any) -> list[Words]:
    given = value if isinstance(value, dict) else dict.fromkeys(value, "")
    return [["--tmpfs", f"{path}:{options}" if options else path] for path, options in given.items()]


def _ulimits(limits: t.Sequence[Values]) -> list[Words]:
    given = [{name.lower(): value for name, value in limit.items()} for limit in limits]
    pairs = ((limit["name"], [limit[part] for part in ("soft", "hard") if part in limit]) for limit in given)
    return [["--ulimit", f"{name}={':'.join(map(str, values))}"] for name, values in pairs]


def _volumes(volumes: t.Any) -> list[Words]:
    if isinstance(volumes, dict):
        return [["--volume", _bound(source, bind)] for source, bind in volumes.items()]
    return [["--volume", str(volume)] for volume in volumes]


def _bound(source: str, bind: Values) -> str:
    modes = [bind.get("mode") or ("ro" if bind.get("ro") else "rw"), bind.get("propagation")]
    return f"{source}:{bind['bind']}:{','.join(filter(None, modes))}"


def _mounts(mounts: t.Sequence[Values]) -> list[Words] | None:
    """Return the mounts; docker run says not all that the SDK takes of them."""
    if any(not mount.keys() <= MOUNT.keys() | {"read_only"} for mount in mounts):
        return None
    return [["--mount", _mount({"type": "volume", **mount})] for mount in mounts]


def _mount(mount: Values) -> str:
    words = [f"{MOUNT[key]}={_value(key, value)}" for key, value in mount.items() if key in MOUNT and value is not None]
    return ",".join([*words, *(["readonly"] if mount.get("read_only") else [])])


def _value(key: str, value: t.Any) -> str:
    if key == "tmpfs_mode":
        return f"{value:o}"
    return str(value).lower() if isinstance(value, bool) else str(value)


SPECIAL: dict[str, t.Callable[[t.Any], list[Words] | None]] = {
    "entrypoint": _entrypoint,
    "healthcheck": _healthcheck,
    "log_config": _log,
    "mounts": _mounts,
    "nano_cpus": lambda value: [["--cpus", f"{value / NANOSECONDS:g}"]] if value else [],
    "ports": _ports,
    "restart_policy": _restart,
    "tmpfs": _tmpfs,
    "ulimits": _ulimits,
    "volumes": _volumes,
}
