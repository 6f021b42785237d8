# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet whose service has code: a release is a commit."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from tests.faults.deploy import Data, Deploy, Fleet, merged
from tests.faults.lab import NODES, SERVICE, Lab, run

CODE = f"/srv/code/{SERVICE}"
GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@example.com")
# What a reload may leave nowhere: half a release, a one-off's view of one.
LEFT = f"ls -d {CODE}/releases/.new-* /run/longshore/code/{SERVICE}* 2>/dev/null"


class CodeFleet(Fleet):
    """As the other fleet, but ``write`` makes a release of code."""

    template = "code_fleet"

    def __init__(self, lab: Lab, folder: Path) -> None:
        super().__init__(lab, folder)
        self.repository = folder / "repository"
        shutil.copytree(folder / "code", self.repository)
        run("git", "init", "--quiet", "--initial-branch=main", str(self.repository))

    def write(self, release: str, changes: Data) -> None:
        """Write the code and the service file of a release; ``broken`` in ``changes`` is what the code begins with."""
        changes = dict(changes)
        (self.repository / "broken.py").write_text(changes.pop("broken", ""), encoding="utf-8")
        (self.repository / "number").write_text(release, encoding="utf-8")
        self._file.write_text(yaml.safe_dump(merged(self._base, changes)), encoding="utf-8")
        run(*GIT, "-C", str(self.repository), "add", "--all")
        run(*GIT, "-C", str(self.repository), "commit", "--quiet", "--allow-empty", f"--message=Release {release}")

    def reload(self) -> Deploy:
        """Begins a reload."""
        return self.deploy(playbook="reload")

    def containers(self) -> list[str]:
        """Each node's container and the start of its first process."""
        ask = f"docker inspect --format '{{{{.Id}}}} {{{{.State.StartedAt}}}}' {SERVICE}"
        return [self.lab.at(node, ask, check=False) for node in NODES]

    def leftovers(self) -> list[str]:
        """As for all, and what reloads could leave."""
        left = [f"{node}: {path}" for node in NODES for path in self.lab.at(node, LEFT, check=False).split()]
        return [*super().leftovers(), *left]

    def remove_code(self) -> None:
        """Code stays on the hosts when its service goes."""
        for node in NODES:
            self.lab.at(node, f"rm -rf {CODE}")

    def current(self, node: str) -> str:
        """Where the link to the current release leads on a node."""
        return self.lab.at(node, f"readlink {CODE}/current")
