# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a new fleet's folder: what they say, which are missing, and how they are written."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._new_fleet import INVENTORY, MARKER, NewFleet

SOURCE = Path(__file__).parents[2] / "playbooks" / "files" / "init"
# Where a file goes -> its name in SOURCE, where no name begins with a dot. The marker comes first: a folder of an
# interrupted run has it.
FILES = {
    MARKER: "marker",
    "ansible.cfg": "ansible.cfg",
    "fleet": "fleet",
    "site.yml": "site.yml",
    "services/web.yml": "service.yml",
    "config/common.yml": "config.yml",
    "group_vars/all/fleet.yml": "group_vars.yml",
    "group_vars/all/vault.yml": "vault.yml",
    "requirements.yml": "requirements.yml",
    ".gitignore": "gitignore",
    ".gitlab-ci.yml": "gitlab-ci.yml",
    ".github/workflows/fleet.yml": "github.yml",
}
PROGRAM = "fleet"
# Examples: not missed by a folder that has files of its own.
EXAMPLE_FILES = ("services/web.yml", "config/common.yml")
HOSTS = """---
# The hosts of {name}. A host more is a line more; then ./fleet up.
all:
  hosts:
{hosts}

# Where Consul's servers run: one, or three where there are as many hosts. All other hosts are its clients.
consul_servers:
  hosts:
{servers}
"""


@dataclass(frozen=True)
class NewFile:
    """A file that is to be written, below the fleet's folder."""

    name: str
    text: str

    @property
    def mode(self) -> int:
        """Its mode, before the user's umask."""
        return 0o777 if self.name == PROGRAM else 0o666

    def diff(self) -> dict[str, str]:
        """Return what ``--diff`` shows of it."""
        return {"before": "", "after": self.text, "after_header": self.name}


def missing(fleet: NewFleet) -> list[NewFile]:
    """Return the files that the folder lacks. A symlink counts as there, wherever it leads."""
    texts = {name: (SOURCE / source).read_text(encoding="utf-8") for name, source in FILES.items()}
    if fleet.hosts:
        texts[INVENTORY] = inventory_of(fleet)
    return [NewFile(name, text) for name, text in texts.items() if _is_missing(name, fleet.folder)]


def inventory_of(fleet: NewFleet) -> str:
    """Return the inventory file, with a line for each host."""
    hosts = "\n".join(f"    {host.name}: {_flow(host.variables())}" for host in fleet.hosts)
    servers = "\n".join(f"    {name}:" for name in fleet.servers())
    return HOSTS.format(name=fleet.name, hosts=hosts, servers=servers)


def write(files: t.Iterable[NewFile], folder: Path) -> None:
    """Write the files, and never over one that has come meanwhile."""
    for file in files:
        path = folder / file.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, file.mode), "w", encoding="utf-8") as opened:
                opened.write(file.text)
        except OSError as error:
            raise Failure(f"{path} could not be written ({error.strerror}); mend that, and run init again") from error


def _is_missing(name: str, folder: Path) -> bool:
    path = folder / name
    has_others = name in EXAMPLE_FILES and path.parent.is_dir() and any(path.parent.iterdir())
    return not os.path.lexists(path) and not has_others


def _flow(variables: dict[str, t.Any]) -> str:
    return yaml.safe_dump(variables, default_flow_style=True, sort_keys=False, width=1000).strip()
