# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell contender: docker run over parallel SSH, and a wait until the page is there."""

from __future__ import annotations

import shlex
import subprocess

from tests.benchmark.contenders.code import ShellCode
from tests.benchmark.contenders.contender import Contender, Release
from tests.benchmark.hosts import CommandError, Hosts
from tests.benchmark.hosts import at_once as side_by_side

# Arguments: image, edition, port, and the container's command.
DEPLOY = """
image=$1 edition=$2 port=$3
shift 3
docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" >/dev/null
docker rm --force benchmark-shell >/dev/null 2>&1 || true
docker run --detach --name benchmark-shell --net=host --restart=always --stop-signal=SIGKILL \\
  --log-opt max-size=10m --log-opt max-file=9 --env EDITION="$edition" "$image" "$@" >/dev/null
for _try in {1..100}; do
  curl --silent --fail "http://127.0.0.1:$port/" >/dev/null && exit
  sleep 0.1
done
docker logs --tail 5 benchmark-shell
exit 1
"""


class Shell(Contender):
    """A loop of SSH commands."""

    name = "shell"
    title = "shell over SSH"
    port = 18493
    lacks = (
        "no registration in Consul, no plan, no lock, no record, no way back from a bad release but the old values and"
        " another run; it replaces what is already as wanted, and does not wait for open connections; a reload counts"
        " as done when one worker's answer shows the release"
    )
    is_idempotent = False
    rolls_back = False

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(hosts)
        self.code = ShellCode(hosts)

    def run(self, release: Release, nodes: tuple[str, ...], at_once: bool) -> None:
        """Replace on each node; one after the other it ends at the first that fails."""

        def replace(node: str) -> subprocess.CompletedProcess[bytes]:
            arguments = (release.image, release.edition, str(self.port), *release.command(self.port))
            return self.hosts.ssh(node, DEPLOY, *arguments)

        for group in [nodes] if at_once else [(node,) for node in nodes]:
            for node, done in zip(group, side_by_side(replace, group), strict=True):
                if done.returncode:
                    raise CommandError(f"{node}: {shlex.join(done.args)}: {done.stdout!r} {done.stderr!r}")

    def clear(self) -> None:
        """Remove the containers."""
        self.hosts.everywhere("docker rm --force benchmark-shell >/dev/null 2>&1 || true")
