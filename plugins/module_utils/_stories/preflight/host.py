# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container takes of its host that the engine itself only looks for at the start."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import host_files
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container import capabilities
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.host_needs import (
    DEVICE_LIMITS,
    named_containers,
    named_devices,
    named_drivers,
    named_network,
    shared_sysctls,
    taken_over_containers,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.limits import wanted_limits
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import binds
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

MB = 1024 * 1024
# The first API (Engine 20.10) that asks for 6 MB of memory; older ones ask for 4.
SIX_MB_SINCE = (1, 41)
# The first API (Engine 23.0) whose engine gives a container that is to get all capabilities those that it has itself.
GIVES_WHAT_IT_HAS_SINCE = (1, 42)


def missing_on_host(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a sentence for each thing that is not there, or that the host's engine may not give."""
    options = wanted.container.options
    yield from _missing_network(host, options)
    yield from _missing_containers(host, options)
    yield from _unknown_runtime(host, options)
    yield from _unknown_drivers(host, options)
    if host.docker.is_local:
        yield from _capabilities_of_the_engine(host, options)
        yield from _missing_devices(options)
        yield from _forbidden_sysctls(options)
        yield from _mounts_that_share_nothing(options)


def impossible_limits(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a sentence for each limit that the engine would refuse, of a new container as of one that runs."""
    options = wanted.container.options
    limits = wanted_limits(options)
    yield from _cpus(host, limits)
    yield from _memory(host, limits)
    if host.docker.is_local:
        yield from _cpuset(options)


def _missing_network(host: Host, options: dict[str, t.Any]) -> t.Iterator[str]:
    named = named_network(options)
    if named and not host.docker.has_network(named[1]):
        option, name = named
        yield (
            f"service_container.{option}: there is no network {name} on this host (docker network ls); create it or"
            " correct the name"
        )


def _missing_containers(host: Host, options: dict[str, t.Any]) -> t.Iterator[str]:
    for option, name in named_containers(options):
        found = host.docker.inspect(name)
        if found is None or not found["State"]["Running"]:
            yield (
                f"service_container.{option}: no container {name} runs on this host (docker ps); start it or correct"
                " the name"
            )
        elif option == "ipc_mode" and not _shares_memory(found):
            yield (
                f"service_container.ipc_mode: the container {name} keeps its shared memory to itself; make it with"
                " ipc_mode: shareable"
            )

    for option, name in taken_over_containers(options):
        if host.docker.inspect(name) is None:
            yield f"service_container.{option}: there is no container {name} on this host (docker ps --all)"


def _shares_memory(container: dict[str, t.Any]) -> bool:
    return (container.get("HostConfig") or {}).get("IpcMode", "") in ("", "shareable")


def _unknown_runtime(host: Host, options: dict[str, t.Any]) -> t.Iterator[str]:
    runtime = options.get("runtime")
    known = host.docker.info().get("Runtimes") or {} if runtime else {}
    if runtime and str(runtime) not in known and not str(runtime).startswith("io.containerd."):
        yield (
            f"service_container.runtime: the Docker Engine of this host has no runtime {runtime}; it has"
            f" {', '.join(sorted(known))}"
        )


def _unknown_drivers(host: Host, options: dict[str, t.Any]) -> t.Iterator[str]:
    drivers = named_drivers(options)
    plugins = host.docker.info().get("Plugins") or {} if drivers else {}
    for option, kind, name in drivers:
        known = plugins.get(kind) or []
        # Of a plugin of one's own the engine lists the name with its tag.
        if known and name.partition(":")[0] not in {plugin.partition(":")[0] for plugin in known}:
            yield (
                f"service_container.{option}: the Docker Engine of this host has no driver {name}; it has"
                f" {', '.join(sorted(known))}"
            )


def _capabilities_of_the_engine(host: Host, options: dict[str, t.Any]) -> t.Iterator[str]:
    asked = capabilities.asked_for(options)
    given = host_files.engine_capabilities() if asked else None
    if given is None:
        return
    for option, name in asked:
        asks_for_all = _version(host.docker.api_version) < GIVES_WHAT_IT_HAS_SINCE
        missing = capabilities.missing(name, given, asks_for_all)
        if missing:
            yield (
                f"service_container.{option}: the Docker Engine of this host does not have {', '.join(missing)} itself,"
                " so no container can get it; run the engine with it, or remove it here"
            )


def _missing_devices(options: dict[str, t.Any]) -> t.Iterator[str]:
    for option, path in named_devices(options):
        if not path.startswith("/"):
            yield f"service_container.{option}: {path!r} is not a valid path of a device (/dev/fuse)"
        elif not host_files.is_device(path):
            yield f"service_container.{option}: {path} is not a device of this host; correct it or remove it"
        elif option in DEVICE_LIMITS and not host_files.is_block_device(path):
            yield f"service_container.{option}: {path} is not a disk or another block device; correct it or remove it"


def _forbidden_sysctls(options: dict[str, t.Any]) -> t.Iterator[str]:
    shared = dict(shared_sysctls(options))
    for name, value in (options.get("sysctls") or {}).items():
        now = host_files.sysctl(name)
        if name in shared:
            yield (
                f"service_container.sysctls: {name} cannot be set for a container alone where {shared[name]}; set it on"
                " the host (/etc/sysctl.d)"
            )
        elif now is None:
            yield f"service_container.sysctls: the kernel of this host has no {name} (sysctl -a); correct the name"
        elif not _is_like(str(value), now):
            yield (
                f"service_container.sysctls.{name}: the kernel takes {value!r} for no value of it (example:"
                f" {' '.join(now.split())}, as it is on this host); correct it"
            )


def _is_like(value: str, now: str) -> bool:
    """Return whether a value has as many whole numbers as the one of now, where that has nothing else."""
    fields, of_now = value.split(), now.split()
    if not of_now or not all(re.fullmatch(r"-?\d+", field) for field in of_now):
        return True
    return len(fields) == len(of_now) and all(re.fullmatch(r"-?\d+", field) for field in fields)


def _mounts_that_share_nothing(options: dict[str, t.Any]) -> t.Iterator[str]:
    for bind in binds(options):
        kind = bind.propagation.removeprefix("r")
        has = host_files.propagation(bind.source) if kind else frozenset()
        if kind and "shared" not in has and (kind == "shared" or "master" not in has):
            yield (
                f"service_container.{bind.option}: {bind.source} cannot be {bind.propagation}, as the mount on which it"
                " lies is private on this host; make that shared (mount --make-shared), or remove the propagation"
            )


def _cpus(host: Host, limits: dict[str, t.Any]) -> t.Iterator[str]:
    nano = limits.get("nano_cpus")
    there = host.docker.info()["NCPU"] if isinstance(nano, int) else 0
    if isinstance(nano, int) and nano > there * 10**9:
        yield f"service_container.nano_cpus: {nano} are {nano / 10**9:g} CPUs, and this host has {there}"


def _memory(host: Host, limits: dict[str, t.Any]) -> t.Iterator[str]:
    least = 6 if _version(host.docker.api_version) >= SIX_MB_SINCE else 4
    memory, reserved, swap = (limits.get(n, 0) for n in ("mem_limit", "mem_reservation", "memswap_limit"))
    if memory and memory < least * MB:
        yield f"service_container.mem_limit: {memory} bytes are less than the engine gives ({least} MB)"
    if memory > 0 and reserved > memory:
        yield f"service_container.mem_reservation: {reserved} bytes are more than mem_limit ({memory})"
    if 0 < swap < memory:
        yield (
            f"service_container.memswap_limit: {swap} bytes are less than mem_limit ({memory}); it is memory and swap"
            " together"
        )


def _cpuset(options: dict[str, t.Any]) -> t.Iterator[str]:
    for option, kind, what in (("cpuset_cpus", "cpu", "CPU"), ("cpuset_mems", "node", "memory node")):
        asked = host_files.numbers_in(str(options.get(option, "")))
        there = host_files.numbers_online(kind) if asked else None
        missing = sorted((asked or set()) - there) if there else []
        if missing:
            numbers = ", ".join(map(str, missing))
            yield f"service_container.{option}: this host has no {what} {numbers}; it has {sorted(there or ())}"


def _version(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
