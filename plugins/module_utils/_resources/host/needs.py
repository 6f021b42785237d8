# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host lacks: what is observed beside what is expected, each difference with its reason and what to do."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.observed import (
    Expected,
    ObservedEngine,
    ObservedHost,
    ObservedKernel,
    Version,
)

ERROR, WARNING = "error", "warning"
OLDEST_KERNEL, OLDEST_ENGINE, OLDEST_AGENT, OLDEST_PYTHON = (4, 0), (20, 10), (1, 8), (3, 11)
CONTROLLERS = ("cpu", "memory", "pids")
# Room in which no image fits.
LEAST_FREE = 1 << 30
GIGABYTE = 1 << 30
# Port -> severity of its being open to others, what it is, and why that matters.
SENSITIVE = {
    2375: (ERROR, "the engine without TLS", "whoever reaches it is root on this host"),
    2376: (WARNING, "the engine with TLS", "whoever has a certificate is root on this host"),
    5000: (WARNING, "a registry", "whoever reaches it may pull, and push where it asks for no login"),
    8500: (
        WARNING,
        "Consul's HTTP",
        "without ACLs whoever reaches it writes the KV and the catalog, with them in the clear",
    ),
    8501: (WARNING, "Consul's HTTPS", "without ACLs whoever reaches it writes the KV and the catalog"),
    8502: (WARNING, "Consul's gRPC", "without ACLs whoever reaches it reads the catalog"),
    8600: (WARNING, "Consul's DNS", "whoever reaches it reads which services run where"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that a host lacks. ``mended``: bootstrap.yml brings it."""

    severity: str
    what: str
    reason: str
    to_do: str
    mended: bool = False

    def to_result(self) -> dict[str, t.Any]:
        """Return it as a module's result has it."""
        return asdict(self)


def findings(host: ObservedHost, expected: Expected) -> list[Finding]:
    """Return what a host lacks, errors first."""
    found = [
        *_of_kernel(host.kernel, expected),
        *_of_engine(host, expected),
        *_of_network(host.kernel, host.engine),
        *_of_ports(host, expected),
        *_of_python(host),
        *_of_agent(host),
    ]
    return sorted(found, key=lambda finding: finding.severity != ERROR)


def _of_kernel(kernel: ObservedKernel, expected: Expected) -> t.Iterator[Finding]:
    if kernel.version < OLDEST_KERNEL:
        what = f"kernel {_text(kernel.version)}, and {_text(OLDEST_KERNEL)} or newer is needed"
        yield Finding(ERROR, what, "the engine's storage driver overlay2 came with it", "upgrade the distribution")
    if not kernel.overlay:
        reason = "without it the engine copies each image whole for each container"
        yield Finding(ERROR, "the kernel has no overlay file system", reason, "load the module: modprobe overlay")
    missing = [name for name in CONTROLLERS if name not in kernel.controllers]
    if missing:
        what = f"the kernel's cgroups have no {', '.join(missing)}"
        to_do = "boot with cgroup_enable=memory swapaccount=1" if "memory" in missing else "mount them, as systemd does"
        yield Finding(ERROR, what, "limits of containers would not hold", to_do)
    if kernel.synchronised is False:
        reason = "certificates, tokens and the order of releases are told by the clock"
        yield Finding(WARNING, "no time service keeps the clock right", reason, "install chrony or systemd-timesyncd")
    if kernel.conntrack_max is not None and kernel.conntrack_max < expected.connections:
        what = f"the connection table takes {kernel.conntrack_max}, and {expected.connections} are expected"
        reason = "when it is full the kernel drops new connections, and nobody is told"
        yield Finding(WARNING, what, reason, _sysctl("net.netfilter.nf_conntrack_max", expected.connections))
    if kernel.map_count is not None and kernel.map_count < expected.map_count:
        what = f"vm.max_map_count is {kernel.map_count}, and {expected.map_count} is expected"
        reason = "Elasticsearch and the like map their files, and do not start with less"
        yield Finding(WARNING, what, reason, _sysctl("vm.max_map_count", expected.map_count))


def _of_engine(host: ObservedHost, expected: Expected) -> t.Iterator[Finding]:
    engine = host.engine
    if engine.refused:
        what = f"the user {host.user} may not use Docker"
        to_do = "set become, or add the user to the group docker, which makes it root in effect"
        yield Finding(ERROR, what, "the modules speak to the engine's socket", to_do)
    elif not engine.version:
        what = f"no Docker Engine answers ({engine.problem})"
        yield Finding(ERROR, what, "it runs the containers", "bootstrap.yml installs and starts one", mended=True)
    elif engine.version < OLDEST_ENGINE:
        what = f"Docker Engine {_text(engine.version)}, and {_text(OLDEST_ENGINE)} or newer is needed"
        yield Finding(ERROR, what, "it is the oldest that Longshore is tested with", "upgrade it")
    elif not engine.live_restore:
        reason = "all containers end when the engine restarts or is upgraded"
        yield Finding(
            WARNING, "live-restore is off", reason, "bootstrap.yml turns it on (docker_live_restore)", mended=True
        )
    if engine.version and not engine.at_boot:
        yield Finding(
            WARNING,
            "the engine does not start at boot",
            "after a power cut no container would run",
            "systemctl enable docker.service",
        )
    if engine.open_files is not None and 0 <= engine.open_files < expected.open_files:
        what = f"containers may have {engine.open_files} open files at most, and {expected.open_files} are expected"
        to_do = "LimitNOFILE in the unit of the engine: systemctl edit docker.service"
        yield Finding(WARNING, what, "servers with many connections or files fail under load", to_do)
    if engine.free is not None and engine.free < expected.free:
        severity = ERROR if engine.free < LEAST_FREE else WARNING
        what = f"{_size(engine.free)} are free for {engine.folder}, and {_size(expected.free)} are expected"
        reason = "images, containers and their logs are there; two versions of each image during a rollout"
        yield Finding(severity, what, reason, "docker system prune, or a larger disk")


def _of_network(kernel: ObservedKernel, engine: ObservedEngine) -> t.Iterator[Finding]:
    """Look at what the engine sets up as it starts, and something else may have undone."""
    if not engine.version:
        return
    to_do = "find what sets it (sysctl --system, a firewall), then restart the engine"
    if not kernel.forwarding:
        reason = "containers on the engine's own networks reach nobody, and nobody their published ports"
        yield Finding(WARNING, "net.ipv4.ip_forward is 0", reason, to_do)
    if kernel.forward_policy == "DROP" and not kernel.engine_rules:
        what = "the firewall drops what is forwarded, and the engine's rules are gone"
        reason = "a firewall that was loaded after the engine has removed them, so published ports do not answer"
        yield Finding(WARNING, what, reason, "restart the engine, and load that firewall before it")


def _of_ports(host: ObservedHost, expected: Expected) -> t.Iterator[Finding]:
    for listener in host.listeners:
        if listener.port in expected.open_ports:
            continue
        port = f"port {listener.port} ({listener.process})" if listener.process else f"port {listener.port}"
        if listener.port in SENSITIVE:
            severity, name, reason = SENSITIVE[listener.port]
            to_do = "bind it to 127.0.0.1, or name it in docker_open_ports if that is meant"
            yield Finding(severity, f"{port}, {name}, listens on {listener.address}", reason, to_do)
        elif listener.service:
            what = f"{port}, registered as {listener.service}, listens on {listener.address}, a public address"
            reason = "the whole internet may reach it, and its own logins alone protect it"
            to_do = "bind it to an address of the fleet's own network, or name it in docker_open_ports if that is meant"
            yield Finding(WARNING, what, reason, to_do)


def _of_python(host: ObservedHost) -> t.Iterator[Finding]:
    if host.python < OLDEST_PYTHON:
        what = f"Python {_text(host.python)}, and {_text(OLDEST_PYTHON)} or newer is needed"
        to_do = "install one beside it, and name it by docker_python, such as /usr/bin/python3.11"
        yield Finding(ERROR, what, "the packages of the modules need it", to_do)
    elif not host.ensurepip:
        reason = "the packages of the modules lie in a virtual environment"
        to_do = "bootstrap.yml installs python3-venv"
        yield Finding(ERROR, "Python cannot make virtual environments", reason, to_do, mended=True)


def _of_agent(host: ObservedHost) -> t.Iterator[Finding]:
    if host.agent and host.agent < OLDEST_AGENT:
        what = f"Consul {_text(host.agent)}, and {_text(OLDEST_AGENT)} or newer is needed"
        yield Finding(ERROR, what, "it is the oldest that Longshore is tested with", "upgrade it")
    elif not host.agent_listens:
        what = "no Consul agent listens on port 8500 or 8501"
        reason = "an instance is registered with the agent of its own host"
        yield Finding(
            ERROR, what, reason, "install and start one; the hosts need it from the first deploy on", mended=True
        )


def _sysctl(name: str, value: int) -> str:
    return f"docker_sysctls: {{{name}: {value}}}"


def _text(version: Version) -> str:
    return ".".join(map(str, version))


def _size(size: int) -> str:
    return f"{size / GIGABYTE:.1f} GB"
