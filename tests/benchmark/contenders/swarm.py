# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker Swarm on the lab's engines: a global service on the hosts' network, with a health check."""

from __future__ import annotations

from tests.benchmark.contenders.contender import Contender, Release
from tests.benchmark.hosts import CommandError, Hosts
from tests.faults.lab import NODES

MANAGER, *WORKERS = NODES
SERVICE = "benchmark-swarm"
LABEL = "benchmark"
INTERVAL = "500ms"
# The engines remove the containers of a service some time after it.
GONE = (
    'for _try in {1..300}; do [ -z "$(docker ps --all --quiet --filter name="$1")" ] && exit; sleep 0.1; done; exit 1'
)


class Swarm(Contender):
    """A service that runs once on each labelled node."""

    name = "swarm"
    title = "Docker Swarm"
    port = 18494
    lacks = (
        "no registration in Consul (a service discovery of its own, not on the hosts' network), no drain of open"
        " connections, no plan, one release to go back to; managers to keep"
        " alive; its command ends well after a bad release was taken back"
    )

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(hosts)
        self._is_created = False

    def prepare(self) -> None:
        """Make a swarm of the three engines."""
        self.finish()
        self.manage("swarm", "init", "--advertise-addr", self.hosts.addresses[MANAGER])
        token = self.manage("swarm", "join-token", "--quiet", "worker")
        for node in WORKERS:
            self.docker(node, "swarm", "join", "--token", token, f"{self.hosts.addresses[MANAGER]}:2377")

    def docker(self, node: str, *arguments: str) -> str:
        """Run a docker command on a node, and return its output."""
        done = self.hosts.ssh(node, 'docker "$@"', *arguments)
        if done.returncode:
            output = (done.stdout + done.stderr).decode()
            raise CommandError(f"{node}: docker {' '.join(arguments)} ended with {done.returncode}: {output}")
        return done.stdout.decode().strip()

    def manage(self, *arguments: str) -> str:
        """Run a docker command on the manager."""
        return self.docker(MANAGER, *arguments)

    def run(self, release: Release, nodes: tuple[str, ...], at_once: bool) -> None:
        """Create or update the service; more nodes get it by their label."""
        for node in nodes if nodes != self.nodes else ():
            self.manage("node", "update", "--label-add", f"{LABEL}=yes", node)
        if self._is_created and nodes == self.nodes:
            self.update(release, at_once)
        elif not self._is_created:
            self.create(release)

    def create(self, release: Release) -> None:
        """Create the service, and wait until its tasks are healthy."""
        self._is_created = True
        health = f"busybox wget -q -O /dev/null http://127.0.0.1:{self.port}/"
        self.manage(
            *("service", "create", "--quiet", "--name", SERVICE, "--mode", "global", "--network", "host"),
            *("--constraint", f"node.labels.{LABEL}==yes", "--stop-signal", "SIGKILL", "--env"),
            *(f"EDITION={release.edition}", "--health-cmd", health, "--health-interval", INTERVAL),
            *("--log-driver", "json-file", "--log-opt", "max-size=10m", "--log-opt", "max-file=9"),
            *("--update-order", "stop-first", "--update-failure-action", "rollback", "--update-monitor", INTERVAL),
            *("--rollback-order", "stop-first", "--rollback-monitor", INTERVAL, "--rollback-parallelism", "0"),
            *(release.image, *release.command(self.port)),
        )

    def update(self, release: Release, at_once: bool) -> None:
        """Update the service, one task after the other or all at once."""
        shell, option, script = release.command(self.port)
        self.manage(
            *("service", "update", "--quiet", "--update-parallelism", "0" if at_once else "1"),
            *("--env-add", f"EDITION={release.edition}", "--image", release.image),
            *("--args", f"{shell} {option} '{script}'", SERVICE),
        )

    def clear(self) -> None:
        """Remove the service and the labels, and wait until its containers are gone."""
        if self._is_created:
            self.manage("service", "rm", SERVICE)
            self._is_created = False
            for node in self.nodes or NODES:
                self.manage("node", "update", "--label-rm", LABEL, node)
            self.hosts.everywhere(GONE, SERVICE)

    def finish(self) -> None:
        """Leave the swarm."""
        self.hosts.everywhere(f"docker swarm leave --force >/dev/null 2>&1 || true; {GONE}", SERVICE)
        self._is_created = False
