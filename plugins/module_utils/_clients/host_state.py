# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host has, read from /proc, /sys and the commands that are there, with the system's Python alone."""

from __future__ import annotations

import contextlib
import ctypes
import getpass
import importlib.util
import ipaddress
import json
import os
import re
import socket
import sys
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import host_files, local_agent, sockets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.commands import run_within
from ansible_collections.longshore.fleet.plugins.module_utils._clients.own_files import nearest_folder
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.needs import SENSITIVE
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.observed import (
    Listener,
    ObservedEngine,
    ObservedHost,
    ObservedKernel,
    Version,
)

# Seconds that a command may take.
ANSWER = 20
# What adjtimex(2) says of a clock that nothing keeps right.
TIME_ERROR = 5
ENGINE_FOLDER = "/var/lib/docker"
AGENT_PORTS = (8500, 8501)


def observe() -> ObservedHost:
    """Return what this host has; nothing is changed."""
    return ObservedHost(
        kernel=_kernel(),
        engine=_engine(),
        python=sys.version_info[:3],
        user=getpass.getuser(),
        ensurepip=importlib.util.find_spec("ensurepip") is not None,
        agent=version_in(_output("consul", "version")[1]),
        agent_listens=any(sockets.listeners(port) for port in AGENT_PORTS),
        listeners=tuple(_listeners()),
    )


def _kernel() -> ObservedKernel:
    rules = _output("iptables", "--list-rules", "FORWARD")[1]
    policy = re.search(r"^-P FORWARD (\w+)$", rules, re.MULTILINE)
    return ObservedKernel(
        version=version_in(os.uname().release),
        overlay=_has_overlay(),
        controllers=frozenset(_controllers()),
        synchronised=_synchronised(),
        conntrack_max=_number("net.netfilter.nf_conntrack_max"),
        map_count=_number("vm.max_map_count"),
        forwarding=host_files.sysctl("net.ipv4.ip_forward") == "1",
        forward_policy=policy[1] if policy else "",
        engine_rules="-j DOCKER" in rules,
    )


def version_in(text: str) -> Version:
    """Return the first version of a text, such as (20, 10, 24) of ``20.10.24+dfsg1``; empty where there is none."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in found.groups() if part) if found else ()


def _has_overlay() -> bool:
    """Tell whether the kernel has overlay, or can load it."""
    if "\toverlay\n" in _content("/proc/filesystems"):
        return True
    return any(
        "/overlay.ko" in _content(f"/lib/modules/{os.uname().release}/modules.{kind}") for kind in ("dep", "builtin")
    )


def _controllers() -> list[str]:
    """Return the controllers of the cgroups, of their version 2 or 1."""
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        return _content("/sys/fs/cgroup/cgroup.controllers").split()
    lines = [line.split() for line in _content("/proc/cgroups").splitlines()[1:]]
    return [line[0] for line in lines if line[-1] == "1"]


def _synchronised() -> bool | None:
    """Tell whether something keeps the clock right; None where the kernel does not say."""
    with contextlib.suppress(OSError, AttributeError):
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))  # zeros: asks, and sets nothing
        return None if state < 0 else state != TIME_ERROR
    return None


def _engine() -> ObservedEngine:
    code, output = _output("docker", "info", "--format", "{{json .}}")
    info: dict[str, t.Any] = {}
    with contextlib.suppress(ValueError):
        info = json.loads(next((line for line in output.splitlines() if line.startswith("{")), "{}"))
    states = _output("systemctl", "is-enabled", "docker.service", "docker.socket")[1].split()
    folder = info.get("DockerRootDir") or ENGINE_FOLDER
    version = version_in(str(info.get("ServerVersion") or ""))
    complaint = "; ".join([*info.get("ServerErrors", ()), "" if info else output.strip()]).strip("; ")
    return ObservedEngine(
        version=version,
        problem=""
        if version
        else "the command docker is not there"
        if code is None
        else complaint or "it says nothing",
        refused=not version and "permission denied" in complaint,
        live_restore=bool(info.get("LiveRestoreEnabled")),
        at_boot="enabled" in states or "disabled" not in states,
        open_files=(host_files.engine_limits() or {}).get("nofile"),
        folder=folder,
        free=host_files.free_bytes(nearest_folder(folder)),
    )


def _listeners() -> t.Iterator[Listener]:
    """Yield what listens where others may reach it, each address once: sensitive ports, and public registered ones."""
    seen, registered = set(), registered_ports()
    for port in sorted({*SENSITIVE, *registered}):
        for found in (*sockets.listeners(port), *sockets.listeners(port, "udp")):
            listener = _listener(found, registered.get(port, ""))
            if listener and listener[:2] not in seen:
                seen.add(listener[:2])
                yield listener


def _listener(found: sockets.Socket, service: str) -> Listener | None:
    """Return a socket as a listener that matters; None where only this host, or its own network, reaches it."""
    public = public_address(found.address, own_addresses()) if service else ""
    if found.port in SENSITIVE:
        return None if is_loopback(found.address) else Listener(found.port, found.address, sockets.holder(found)[1])
    return Listener(found.port, public, sockets.holder(found)[1], service) if public else None


def registered_ports() -> dict[int, str]:
    """Return ports and services that are registered here, as far as the agent tells them without a token."""
    answer = local_agent.request("agent/services")[1]
    services = answer.values() if isinstance(answer, dict) else ()
    return {int(one["Port"]): str(one["Service"]) for one in services if one.get("Port")}


def own_addresses() -> list[str]:
    """Return the addresses from which this host reaches others, one of IPv4 and one of IPv6; nothing is sent."""
    found = []
    for family, elsewhere in ((socket.AF_INET, "198.51.100.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as one:
            one.connect((elsewhere, 9))
            found.append(str(one.getsockname()[0]))
    return found


def public_address(listens: str, own: t.Iterable[str]) -> str:
    """Return the public address at which a socket that listens there is reached; empty where it is none."""
    address = _plain(listens)
    candidates = [_plain(one) for one in own] if address.is_unspecified else [address]
    reached = [one for one in candidates if address.version == 6 or one.version == 4]  # :: takes IPv4 too
    return next((str(one) for one in reached if one.is_global), "")


def is_loopback(address: str) -> bool:
    """Tell whether only this host itself reaches an address, an IPv4 one that is mapped into IPv6 too."""
    return _plain(address).is_loopback


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(address)
    return getattr(found, "ipv4_mapped", None) or found


def _number(name: str) -> int | None:
    text = host_files.sysctl(name)
    return int(text) if text and text.isdigit() else None


def _content(path: str) -> str:
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""


def _output(*command: str) -> tuple[int | None, str]:
    """Return the exit code and the output of a command; the code is None where there is no such command."""
    # An administrator's commands are not on everybody's path.
    environment = {**os.environ, "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin", "LC_ALL": "C"}
    try:
        return run_within(command, environment, ANSWER)
    except (FileNotFoundError, PermissionError):
        return None, ""
