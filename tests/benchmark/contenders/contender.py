# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every contender is asked for, and what it is asked to run."""

from __future__ import annotations

import abc
import contextlib
import typing as t
from dataclasses import dataclass

from tests.benchmark.contenders.code import CodeService
from tests.benchmark.hosts import CommandError, Hosts


@dataclass(frozen=True)
class Release:
    """A web server that shows its edition; a broken one ends at once."""

    edition: str
    image: str
    broken: bool = False

    def command(self, port: int) -> list[str]:
        """Return the command of the container."""
        if self.broken:
            return ["sh", "-c", "echo this release is broken; exit 1"]
        return ["sh", "-c", f'mkdir -p /srv && echo "$EDITION" > /srv/index.html && exec httpd -f -p {port} -h /srv']


class Contender(abc.ABC):
    """One way to run containers on the lab's hosts; each has a port of its own, so that all of them may run at once."""

    name: t.ClassVar[str]
    title: t.ClassVar[str]
    port: t.ClassVar[int]
    # What it does not do by itself that the others in the table do, for the page.
    lacks: t.ClassVar[str] = ""
    # Whether a second run finds that there is nothing to do; otherwise such a run is no figure.
    is_idempotent: t.ClassVar[bool] = True
    # Whether a failed release is taken back by the same command.
    rolls_back: t.ClassVar[bool] = True

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.release: Release | None = None
        self.nodes: tuple[str, ...] = ()
        # A server beside it whose code is reloaded; None where the contender has no way to do it.
        self.code: CodeService | None = None

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """Make what must be there before the first deploy."""

    @abc.abstractmethod
    def run(self, release: Release, nodes: tuple[str, ...], at_once: bool) -> None:
        """Bring the release to the nodes, or raise CommandError."""

    @abc.abstractmethod
    def clear(self) -> None:
        """Remove the containers from all nodes, and what is registered."""

    def finish(self) -> None:
        """Leave the lab as it was before prepare."""
        self.clear()
        if self.code and self.code.release:
            self.code.clear()

    def deploy(self, release: Release, nodes: tuple[str, ...], at_once: bool = False) -> None:
        """Bring the release to the nodes, and wait until each of them serves it."""
        self.run(release, nodes, at_once)
        self.release, self.nodes = release, nodes
        self.wait_until_served()

    def fail(self, release: Release) -> None:
        """Deploy a broken release, and wait until all nodes serve the old one."""
        if not self.release:
            raise RuntimeError("there is no release to go back to")
        with contextlib.suppress(CommandError):
            self.run(release, self.nodes, False)
        if not self.rolls_back:
            self.run(self.release, self.nodes, False)
        self.wait_until_served()

    def remove(self) -> None:
        """Remove all of it."""
        self.clear()
        self.release, self.nodes = None, ()

    def wait_until_served(self) -> None:
        """Wait until every node serves the release."""
        if not self.release:
            raise RuntimeError("nothing was deployed")
        self.hosts.wait_for_pages(dict.fromkeys(self.nodes, self.release.edition), self.port)
