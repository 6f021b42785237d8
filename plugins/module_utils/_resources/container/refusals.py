# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Docker Engine says where it refuses a container, told by the option that it is about."""

from __future__ import annotations

import re

# What the engine's message has -> the option; the first that is found counts.
OPTIONS = (
    (r"memory ?swap", "memswap_limit"),
    (r"memory reservation", "mem_reservation"),
    (r"memory swappiness", "mem_swappiness"),
    (r"kernel memory", "kernel_memory"),
    (r"memory limit", "mem_limit"),
    (r"range of cpus|nanocpus", "nano_cpus"),
    (r"cpu.*period", "cpu_period"),
    (r"cpu.*quota", "cpu_quota"),
    (r"cpu.*shares", "cpu_shares"),
    (r"requested cpus|cpuset[- .]?cpus", "cpuset_cpus"),
    (r"requested memory nodes|cpuset[- .]?mems", "cpuset_mems"),
    (r"real-?time|cpu-rt", "cpu_rt_runtime"),
    (r"pids ?limit", "pids_limit"),
    (r"blkio weight", "blkio_weight"),
    (r"restart policy|maximum retry count|autoremove", "restart_policy"),
    (r"oom score", "oom_score_adj"),
    (r"runtime", "runtime"),
    (r"capadd", "cap_add"),
    (r"capdrop", "cap_drop"),
    (r"capability", "cap_add"),
    (r"stop ?signal|invalid signal", "stop_signal"),
    (r"healthcheck", "healthcheck"),
    (r"logging|log driver|log opt", "log_config"),
    (r"working directory|cannot mkdir", "working_dir"),
    (r"no command specified", "command"),
    (r"mount|volume|invalid mode", "volumes"),
    (r"sysctl", "sysctls"),
    (r"ulimit|rlimit", "ulimits"),
    (r"security.?opt|seccomp|apparmor", "security_opt"),
    (r"storage-?opt", "storage_opt"),
    (r"isolation", "isolation"),
    (r"userns", "userns_mode"),
    (r"hostname", "hostname"),
    (r"mac.?address", "mac_address"),
    (r"port", "ports"),
    (r"network", "network_mode"),
    (r"device", "devices"),
    (r"dns", "dns"),
)


def refusal(answer: str) -> str:
    """Return the engine's words as a problem of the option that they are about, or of ``service_container``."""
    option = next((name for pattern, name in OPTIONS if re.search(pattern, answer, re.IGNORECASE)), None)
    key = f"service_container.{option}" if option else "service_container"
    return f"{key}: the Docker Engine of this host refuses it: {answer.rstrip('.')}"
