# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on each host whose code goes live by a reload: by Longshore, and by a shell."""

from __future__ import annotations

import abc
import os
import shutil
import subprocess
import typing as t

from tests.benchmark.hosts import FOLDER, CommandError, Hosts, at_once
from tests.benchmark.play import play
from tests.faults.lab import CHECKOUT, NODES, run

GIT = ("git", "-c", "user.name=lab", "-c", "user.email=lab@example.com")
# The code is so large.
BALLAST = 1_000_000

# Arguments: image, release, port. The code comes as its standard input.
SHELL_RELOAD = """
image=$1 release=$2 port=$3 folder=/srv/benchmark-shell
mkdir -p "$folder/releases/$release"
tar -x -C "$folder/releases/$release"
printf %s "$release" >"$folder/releases/$release/.release"
ln -sfn "releases/$release" "$folder/current"
docker kill --signal=HUP benchmark-shell-code >/dev/null 2>&1 || docker run --detach --name benchmark-shell-code \\
  --net=host --restart=always --volume "$folder:/usr/src/app:ro" --workdir=/usr/src/app/current --env PORT="$port" \\
  "$image" python3 /usr/local/lib/master.py >/dev/null
for _try in {1..100}; do
  [ "$(curl --silent "http://127.0.0.1:$port/")" = "$release" ] && exit
  sleep 0.1
done
docker logs --tail 5 benchmark-shell-code
exit 1
"""


class CodeService(abc.ABC):
    """Two workers on each host, and a git repository with their code."""

    port: t.ClassVar[int]

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.repository = FOLDER / f"code-{self.port}"
        self.release = ""
        self._is_running = False

    def begin(self) -> None:
        """Have the server running, and new code in the repository."""
        if not self._is_running:
            self.clear()
            shutil.rmtree(self.repository, ignore_errors=True)
            shutil.copytree(CHECKOUT / "tests/benchmark/code", self.repository)
            run("git", "init", "--quiet", "--initial-branch=main", str(self.repository))
            self.commit()
            self.start()
            self._is_running = True
        self.commit()

    def commit(self) -> None:
        """Make a release of the code, as a commit."""
        (self.repository / "ballast").write_bytes(os.urandom(BALLAST))
        run(*GIT, "-C", str(self.repository), "add", "--all")
        run(*GIT, "-C", str(self.repository), "commit", "--quiet", "--message=Change")
        self.release = run("git", "-C", str(self.repository), "rev-parse", "--short=12", "HEAD").strip()

    def reload_and_wait(self, side_by_side: bool) -> None:
        """Reload, and wait until all hosts show the release."""
        self.reload(side_by_side)
        self.hosts.wait_for_pages(dict.fromkeys(NODES, self.release), self.port)

    @abc.abstractmethod
    def start(self) -> None:
        """Start the server with the code."""

    @abc.abstractmethod
    def reload(self, side_by_side: bool) -> None:
        """Take the code live."""

    @abc.abstractmethod
    def clear(self) -> None:
        """Remove all of it."""


class LongshoreCode(CodeService):
    """By reload.yml."""

    port = 18495

    def play(self, playbook: str, side_by_side: bool = True) -> None:
        """Run a playbook on the service."""
        variables = {
            "service": "benchmark-code",
            "benchmark_server": self.hosts.server,
            "benchmark_repository": str(self.repository),
            "benchmark_port": self.port,
            "benchmark_batch": len(NODES) if side_by_side else 1,
        }
        play(f"playbooks/{playbook}.yml", variables)

    def start(self) -> None:
        """Deploy it."""
        self.play("deploy")

    def reload(self, side_by_side: bool) -> None:
        """Reload by the playbook."""
        self.play("reload", side_by_side)

    def clear(self) -> None:
        """Remove it; the code stays on hosts when its service goes."""
        self.play("remove")
        self.hosts.everywhere("rm -rf /srv/code/benchmark-code")


class ShellCode(CodeService):
    """By an archive over SSH, a link and a signal."""

    port = 18496

    def start(self) -> None:
        """Start it as it is reloaded."""
        self.reload(side_by_side=True)

    def reload(self, side_by_side: bool) -> None:
        """Take the code live on each host, and wait until the host shows it."""
        archive = subprocess.run(
            ["git", "-C", str(self.repository), "archive", "HEAD"], capture_output=True, check=True
        ).stdout
        arguments = (self.hosts.server, self.release, str(self.port))
        for group in [NODES] if side_by_side else [(node,) for node in NODES]:
            answers = at_once(lambda node: self.hosts.ssh(node, SHELL_RELOAD, *arguments, data=archive), group)
            for node, done in zip(group, answers, strict=True):
                if done.returncode:
                    raise CommandError(f"{node}: {done.stdout!r} {done.stderr!r}")

    def clear(self) -> None:
        """Remove the containers and the code."""
        self.hosts.everywhere("docker rm --force benchmark-shell-code >/dev/null 2>&1; rm -rf /srv/benchmark-shell")
