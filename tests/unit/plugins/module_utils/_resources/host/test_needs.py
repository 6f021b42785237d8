# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.needs import findings
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.observed import (
    Expected,
    Listener,
    ObservedEngine,
    ObservedHost,
    ObservedKernel,
)

GIGABYTE = 1 << 30
EXPECTED = Expected(connections=65536, map_count=65530, open_files=65536, free=10 * GIGABYTE)
KERNEL = ObservedKernel(version=(6, 1, 0), conntrack_max=262144, map_count=65530)
ENGINE = ObservedEngine(version=(20, 10, 24), open_files=1048576, free=50 * GIGABYTE)
HOST = ObservedHost(kernel=KERNEL, engine=ENGINE, python=(3, 11, 2), user="root", agent=(1, 8, 7))


def of_kernel(**changes: t.Any) -> ObservedHost:
    return replace(HOST, kernel=replace(KERNEL, **changes))


def of_engine(**changes: t.Any) -> ObservedHost:
    return replace(HOST, engine=replace(ENGINE, **changes))


def listening(port: int, address: str = "0.0.0.0", process: str = "dockerd", service: str = "") -> ObservedHost:
    return replace(HOST, listeners=(Listener(port, address, process, service),))


NO_ENGINE = ObservedEngine(problem="the command docker is not there", live_restore=False, free=50 * GIGABYTE)


@pytest.mark.parametrize(
    ("host", "severity", "what"),
    [
        (of_kernel(version=(3, 10, 0)), "error", "kernel 3.10.0, and 4.0 or newer is needed"),
        (of_kernel(overlay=False), "error", "the kernel has no overlay file system"),
        (of_kernel(controllers=frozenset(("cpu",))), "error", "the kernel's cgroups have no memory, pids"),
        (of_kernel(synchronised=False), "warning", "no time service keeps the clock right"),
        (of_kernel(conntrack_max=65535), "warning", "the connection table takes 65535, and 65536 are expected"),
        (of_kernel(map_count=65529), "warning", "vm.max_map_count is 65529, and 65530 is expected"),
        (of_kernel(forwarding=False), "warning", "net.ipv4.ip_forward is 0"),
        (of_kernel(forward_policy="DROP", engine_rules=False), "warning", "the firewall drops what is forwarded, and"),
        (replace(HOST, engine=NO_ENGINE), "error", "no Docker Engine answers (the command docker is not there)"),
        (of_engine(version=(), refused=True, problem="permission denied"), "error", "the user root may not use Docker"),
        (of_engine(version=(19, 3, 1)), "error", "Docker Engine 19.3.1, and 20.10 or newer is needed"),
        (of_engine(live_restore=False), "warning", "live-restore is off"),
        (of_engine(at_boot=False), "warning", "the engine does not start at boot"),
        (
            of_engine(open_files=20000),
            "warning",
            "containers may have 20000 open files at most, and 65536 are expected",
        ),
        (of_engine(free=5 * GIGABYTE), "warning", "5.0 GB are free for /var/lib/docker, and 10.0 GB are expected"),
        (of_engine(free=GIGABYTE // 2), "error", "0.5 GB are free for /var/lib/docker"),
        (listening(2375), "error", "port 2375 (dockerd), the engine without TLS, listens on 0.0.0.0"),
        (listening(2376), "warning", "port 2376 (dockerd), the engine with TLS, listens on 0.0.0.0"),
        (listening(8500, "192.0.2.7", "consul"), "warning", "port 8500 (consul), Consul's HTTP, listens on 192.0.2.7"),
        (listening(5000, "::", ""), "warning", "port 5000, a registry, listens on ::"),
        (
            listening(9200, "8.8.8.8", "java", "search"),
            "warning",
            "port 9200 (java), registered as search, listens on 8.8.8.8",
        ),
        (replace(HOST, python=(3, 9, 2)), "error", "Python 3.9.2, and 3.11 or newer is needed"),
        (replace(HOST, ensurepip=False), "error", "Python cannot make virtual environments"),
        (replace(HOST, agent=(1, 7, 3)), "error", "Consul 1.7.3, and 1.8 or newer is needed"),
        (replace(HOST, agent=(), agent_listens=False), "error", "no Consul agent listens on port 8500 or 8501"),
    ],
)
def test_what_a_host_lacks(host: ObservedHost, severity: str, what: str) -> None:
    (finding,) = findings(host, EXPECTED)
    assert (finding.severity, finding.what[: len(what)]) == (severity, what)
    assert finding.reason
    assert finding.to_do


@pytest.mark.parametrize(
    "host",
    [
        HOST,
        of_kernel(conntrack_max=None, map_count=None, synchronised=None),  # what cannot be told is not reported
        of_kernel(forward_policy="DROP"),  # as the engine itself sets it
        of_engine(open_files=-1),
        of_engine(open_files=None, free=None),
        listening(80),
        replace(HOST, agent=()),  # an agent that listens, in a container
    ],
)
def test_a_host_that_lacks_nothing(host: ObservedHost) -> None:
    assert findings(host, EXPECTED) == []


def test_a_port_that_is_open_on_purpose_is_no_finding() -> None:
    assert findings(listening(8600), replace(EXPECTED, open_ports=frozenset([8600]))) == []
    assert findings(listening(80, service="web"), replace(EXPECTED, open_ports=frozenset([80]))) == []


def test_errors_come_first_and_a_bare_host_lacks_only_what_is_brought() -> None:
    bare = replace(
        HOST,
        kernel=replace(KERNEL, synchronised=False, forwarding=False),
        engine=NO_ENGINE,
        agent=(),
        agent_listens=False,
        ensurepip=False,
    )
    found = findings(bare, EXPECTED)
    assert [finding.severity for finding in found] == ["error", "error", "error", "warning"]
    assert [finding.mended for finding in found] == [True, True, True, False]
