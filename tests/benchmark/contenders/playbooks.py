# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contenders that are playbooks: Longshore, and what one would write with community.docker."""

from __future__ import annotations

import typing as t

from tests.benchmark.contenders.code import LongshoreCode
from tests.benchmark.contenders.contender import Contender, Release
from tests.benchmark.hosts import Hosts
from tests.benchmark.play import BENCHMARK, play
from tests.faults.lab import NODES


class Playbook(Contender):
    """A contender whose releases are variables of a playbook."""

    deploys: t.ClassVar[str]
    removes: t.ClassVar[str]

    def variables(self, release: Release, nodes: tuple[str, ...], at_once: bool) -> dict[str, t.Any]:
        """Return what the service file of Longshore and the other playbook take."""
        return {
            "service": "benchmark",
            "benchmark_hosts": ",".join(nodes),
            "benchmark_batch": len(NODES) if at_once else 1,
            "benchmark_port": self.port,
            "benchmark_image": release.image,
            "benchmark_edition": release.edition,
            "benchmark_command": release.command(self.port),
        }

    def run(self, release: Release, nodes: tuple[str, ...], at_once: bool) -> None:
        """Deploy by the playbook."""
        play(self.deploys, self.variables(release, nodes, at_once))

    def clear(self) -> None:
        """Remove by the other playbook."""
        play(self.removes, self.variables(Release("none", self.hosts.small), NODES, at_once=True))


class Longshore(Playbook):
    """Ours."""

    name = "longshore"
    title = "Longshore"
    port = 18491
    deploys = "playbooks/deploy.yml"
    removes = "playbooks/remove.yml"

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(hosts)
        self.code = LongshoreCode(hosts)

    def finish(self) -> None:
        """Remove the records too, that stay in the KV for good."""
        try:
            super().finish()
        finally:
            for service in ("benchmark", "benchmark-code"):
                self.hosts.ask_consul("DELETE", f"/v1/kv/longshore/services/{service}/?recurse")


class Community(Playbook):
    """The playbook with community.docker, and uri for Consul."""

    name = "community"
    title = "community.docker"
    port = 18492
    lacks = (
        "no plan of all hosts before the first is touched, no lock, no record of releases, no way back from a bad"
        " release but the old values and another run, no wait for open connections; counts as up what has its port"
        " open, and sets the registration anew each time, so that its check begins as critical"
    )
    rolls_back = False
    deploys = str(BENCHMARK / "community/deploy.yml")
    removes = str(BENCHMARK / "community/remove.yml")
