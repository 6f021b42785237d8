# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolls the services of a stack one after the other, each by a deploy of its own, and sums them up."""

from __future__ import annotations

import os
import select
import subprocess
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._table import table
from ansible_collections.longshore.fleet.plugins.plugin_utils._view import duration

Result = dict[str, t.Any]
COLUMNS = ("service", "result", "took")
DONE, FAILED, NOT_REACHED = "done", "failed", "not reached"
# Seconds between two looks at whether the run that has started this one is still there.
EVERY = 1.0
# What belongs to one service alone.
SINGLE = ("service", "found", "cold_start", "release", "instance")
# Of ansible-playbook: the terminal is the stack's.
ASKS = {"ask_pass": "--connection-password-file", "become_ask_pass": "--become-password-file"}
Show = t.Callable[[str], None]


@dataclass
class Rolled:
    """What became of each service so far; ``took``: seconds."""

    names: t.Sequence[str]
    results: dict[str, str] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)

    def lines(self, idle: t.Mapping[str, str]) -> list[str]:
        """Return the summary; ``idle``: services that had no turn, each with why."""
        rows = [{"service": name, "result": why} for name, why in idle.items()]
        rows += [
            {
                "service": name,
                "result": self.results.get(name, NOT_REACHED),
                "took": duration(self.took[name]) if name in self.took else "",
            }
            for name in self.names
        ]
        return table(rows, COLUMNS)


def command_of(
    words: t.Sequence[str], playbooks: t.Sequence[str], playbook: str, variables: dict[str, str]
) -> list[str]:
    """Return the command that runs another playbook as this run was started: with its inventory, ``-e`` and all else.

    ``words``: of this run's command; ``playbooks``: those of its words that are playbooks.
    """
    command = list(words)
    for name in reversed(playbooks):
        if name in command[1:]:
            del command[len(command) - 1 - command[::-1].index(name)]
    given = [word for key, value in variables.items() for word in ("-e", f"{key}={value}")]
    return [*command, playbook, *given]


def limit_of(hosts: t.Sequence[str]) -> list[str]:
    """Return the option that limits a run to these hosts; the last one of a command holds."""
    return ["--limit", ",".join(hosts)] if hosts else []


def refuse_single(run: t.Mapping[str, t.Any]) -> None:
    """Refuse what one service alone can be given. ``run``: what this run was given."""
    given = [name for name in SINGLE if name in run]
    if given:
        raise Failure(f"-e {given[0]}: belongs to one service, not to the whole stack; give it to deploy.yml")


def refuse_questions(options: t.Mapping[str, t.Any]) -> None:
    """Refuse passwords that are typed: each service is a run of its own. ``options``: of this run's command."""
    asked = [f"give a file: {instead}" for name, instead in ASKS.items() if options.get(name)]
    if options.get("ask_vault_pass"):
        asked.append("give a file: --vault-password-file")
    if asked:
        raise Failure(
            f"Each service of the stack is rolled by a run that cannot ask for a password; {'; '.join(asked)}"
        )


def roll(names: t.Sequence[str], command: t.Callable[[str], list[str]], show: Show) -> Rolled:
    """Run the command of each service, and stop at the first that fails."""
    rolled = Rolled(names)
    for name in names:
        began = time.monotonic()
        code = run(command(name), show)
        rolled.took[name] = time.monotonic() - began
        rolled.results[name] = FAILED if code else DONE
        if code:
            break
    return rolled


def run(command: t.Sequence[str], show: Show) -> int:
    """Run a command to its end, show each of its lines, and return its code.

    Where the run that has started this one was killed, it ends too: nobody would see it, nor start the next service.
    """
    parent = os.getppid()
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=null, stdout=pipe, stderr=subprocess.STDOUT) as process:
        descriptor, rest = t.cast(t.IO[bytes], process.stdout).fileno(), b""
        while True:
            ready = select.select([descriptor], [], [], EVERY)[0]
            if os.getppid() != parent:
                process.terminate()
                raise Failure("The run of the stack was killed; run the same command to go on.")
            if not ready:
                continue
            read = os.read(descriptor, 65536)
            *lines, rest = (rest + read).split(b"\n")
            for line in (*lines, *([rest] if rest and not read else [])):
                show(line.decode(errors="replace"))
            if not read:
                return process.wait()
