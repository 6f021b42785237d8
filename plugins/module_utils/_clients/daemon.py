# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker Engine of this host as a service: its daemon.json, its process, and how it takes settings over."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import time
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.commands import run_within
from ansible_collections.longshore.fleet.plugins.module_utils._clients.own_files import replace_file
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.daemon_rules import VALIDATES
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.daemon_settings import (
    Settings,
    as_text,
    parsed,
)
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

SOCKET, PID = "unix:///run/docker.sock", "/run/docker.pid"
MODE = 0o644
# Seconds for a question, for a reload, and for a restart with what the unit waits for.
ANSWER, RELOADING, RESTARTING = 30, 15, 180
# Lines of the journal that are shown of an engine that does not start.
MOST = 5


class State(t.NamedTuple):
    """What the running engine says of itself."""

    live_restore: bool
    swarm: bool
    running: frozenset[str]  # names of the running containers


class Daemon:
    """The engine of this host, by its file, its unit and its socket."""

    def __init__(self, path: str, unit: str) -> None:
        self.path, self.unit = os.path.realpath(path), unit
        # What the engine had before a change that it has not taken over yet.
        self.previous = f"{self.path}.previous"

    def settings(self) -> Settings:
        """Return what stands in the file; nothing where there is none."""
        return self._read(self.path) or {}

    def loaded(self) -> Settings:
        """Return what the engine has taken over, as far as the file, or a run that was killed, tells it."""
        kept = self._read(self.previous)
        return self.settings() if kept is None else kept

    def _read(self, path: str) -> Settings | None:
        with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8", errors="replace") as file:
            return parsed(file.read(), path)
        return None

    def keep_previous(self) -> None:
        """Keep what the engine has loaded until it has taken over what follows."""
        if not os.path.exists(self.previous):
            _write(self.previous, as_text(self.settings()))

    def write(self, settings: Settings) -> None:
        """Replace the file in one step."""
        _write(self.path, as_text(settings))

    def forget_previous(self) -> None:
        """Note that the engine has taken the file over."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.previous)

    def version(self) -> tuple[int, ...]:
        """Return the version of the installed dockerd, such as (20, 10, 24); empty where it can't be told."""
        _code, output = self._run("dockerd", "--version")
        found = re.search(r"version (\d+)\.(\d+)\.(\d+)", output)
        return tuple(map(int, found.groups())) if found else ()

    def arguments(self) -> list[str]:
        """Return the arguments of dockerd: those it runs with, else those of its unit."""
        with contextlib.suppress(OSError):
            with open(PID, encoding="ascii") as file:
                process = file.read().strip()
            with open(f"/proc/{process}/cmdline", encoding="utf-8", errors="replace") as file:
                return file.read().split("\0")[1:-1]
        _code, output = self._run("systemctl", "show", "--property", "ExecStart", self.unit)
        found = re.search(r"argv\[\]=(.*?) ;", output)
        return found[1].split()[1:] if found else []

    def validate(self, settings: Settings, version: tuple[int, ...]) -> None:
        """Have the engine's own program look at the settings, from version 23 on."""
        if version < VALIDATES:
            return
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            file.write(as_text(settings))
            file.flush()
            code, output = self._run("dockerd", "--validate", "--config-file", file.name)
        if code:
            raise Failure(
                f"{self.path}: dockerd --validate refuses the settings: {output.strip()}. Nothing was changed."
            )

    def state(self) -> State | None:
        """Return what the engine says; None where it does not answer."""
        code, output = self._run("docker", "info", "--format", "{{json .}}")
        # Warnings go to the same output, on lines of their own.
        line = next((line for line in output.splitlines() if line.startswith("{")), "")
        with contextlib.suppress(ValueError):
            info = json.loads(line) if code == 0 else {}
            if info.get("ServerVersion"):
                swarm = info.get("Swarm", {}).get("LocalNodeState") == "active"
                return State(bool(info.get("LiveRestoreEnabled")), swarm, self._running())
        return None

    def _running(self) -> frozenset[str]:
        _code, output = self._run("docker", "ps", "--format", "{{.Names}}")
        return frozenset(output.split())

    def reload(self) -> bool:
        """Have the engine read its file again; tell whether it took it, which it says by an event."""
        since = f"{time.time():.6f}"
        code, _output = self._run("systemctl", "reload", self.unit)
        filters = ("--filter", "type=daemon", "--filter", "event=reload")

        def took() -> bool:
            until = f"{time.time():.6f}"
            return bool(self._run("docker", "events", "--since", since, "--until", until, *filters)[1].strip())

        return code == 0 and bool(Deadline(RELOADING).wait_for(took, every=0.2))

    def restart(self) -> State | None:
        """Restart the engine; return what it then says, None where it does not start."""
        self._run("systemctl", "reset-failed", self.unit)  # earlier failures count towards the unit's limit of starts
        code, _output = self._run("systemctl", "restart", self.unit, limit=RESTARTING)
        return Deadline(ANSWER).wait_for(self.state, every=0.5) if code == 0 else None

    def complaints(self, since: float) -> list[str]:
        """Return the last lines with an error that the engine wrote since a moment."""
        self._run("journalctl", "--sync")  # what was written a moment ago, too
        command = ("journalctl", "--unit", self.unit, "--since", f"@{int(since)}", "--output", "cat", "--no-pager")
        _code, output = self._run(*command)
        lines = [
            line for line in output.splitlines() if re.search(r"level=(error|fatal)|unable to|failed to start", line)
        ]
        return lines[-MOST:]

    def _run(self, *command: str, limit: float = ANSWER) -> tuple[int | None, str]:
        environment = {**os.environ, "DOCKER_HOST": SOCKET, "LC_ALL": "C"}
        try:
            return run_within(command, environment, limit)
        except FileNotFoundError:
            return 127, ""


def _write(path: str, text: str) -> None:
    """Write a file that everybody may read, in one step, and keep it over a power cut."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    replace_file(path, text.encode(), MODE)
