# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container as it was found."""

from __future__ import annotations

import json
import shlex
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import (
    FIRST_START,
    IMAGE,
    INSTANCE,
    REGISTRATIONS,
    RELOAD,
    SECRETS,
    SIDECAR,
    SIDECARS,
    VERSION,
    WANTED,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.limits import (
    found_limits,
)


@dataclass(frozen=True)
class FoundContainer:
    """A container as the engine has it."""

    id: str
    name: str
    state: str  # created, running, paused, restarting, removing, exited, dead
    restarts: int
    limits: dict[str, t.Any]  # and restart policy, as of found_limits
    instance: str  # empty: not ours
    content: str
    version: str
    wanted: dict[str, t.Any]
    secrets: dict[str, str]
    registrations: list[dict[str, t.Any]]
    reload: dict[str, t.Any] = field(default_factory=dict)  # as of RELOAD
    first_start: dict[str, t.Any] = field(default_factory=dict)  # as of FIRST_START
    ran: dict[str, t.Any] = field(default_factory=dict)  # as of _ran
    sidecar: dict[str, t.Any] = field(default_factory=dict)  # as of SIDECAR
    sidecars: dict[str, dict[str, t.Any]] = field(default_factory=dict)  # as of SIDECARS

    @property
    def on_host_network(self) -> bool:
        """Whether its sockets are the host's own."""
        return self.wanted.get("network_mode") == "host"

    @classmethod
    def from_inspect(cls, answer: dict[str, t.Any]) -> FoundContainer:
        """Return the container of the engine's answer to ``inspect``."""
        labels = answer["Config"].get("Labels") or {}
        wanted, secrets = json.loads(labels.get(WANTED, "{}")), json.loads(labels.get(SECRETS, "{}"))
        return cls(
            id=answer["Id"],
            name=answer["Name"].lstrip("/"),
            state=answer["State"]["Status"],
            restarts=answer.get("RestartCount", 0),
            limits=found_limits(answer["HostConfig"]),
            instance=labels.get(INSTANCE, ""),
            content=labels.get(IMAGE, ""),
            version=labels.get(VERSION, ""),
            wanted=wanted,
            secrets=secrets,
            registrations=json.loads(labels.get(REGISTRATIONS, "[]")),
            reload=json.loads(labels.get(RELOAD, "{}")),
            first_start=json.loads(labels.get(FIRST_START, "{}")),
            sidecar=json.loads(labels.get(SIDECAR, "{}")),
            sidecars=json.loads(labels.get(SIDECARS, "{}")),
            ran=_ran(answer["Config"], wanted, secrets),
        )


def _ran(config: dict[str, t.Any], wanted: dict[str, t.Any], secrets: t.Container[str]) -> dict[str, t.Any]:
    """Return by dotted key what was wanted as the engine has it: with the peers of then, and never a secret."""
    words = {"command": config.get("Cmd"), "entrypoint": config.get("Entrypoint")}
    ran: dict[str, t.Any] = {
        name: _as_written(list(words[name] or ()), wanted[name]) for name in words if wanted.get(name)
    }
    there = dict(entry.split("=", 1) for entry in config.get("Env") or () if "=" in entry)
    names = (name for name in wanted.get("environment") or {} if name in there and name not in secrets)
    return {**ran, **{f"environment.{name}": there[name] for name in names}}


def _as_written(words: list[str], wanted: t.Any) -> t.Any:
    """Return the words of a command in the form of the wanted one: a list, or one text."""
    if isinstance(wanted, list):
        return words
    return wanted if shlex.split(wanted) == words else shlex.join(words)


def secrets_in(config: dict[str, t.Any], container: FoundContainer) -> dict[str, str]:
    """Return the secrets that the container has in its environment, so that no output shows them."""
    entries = (entry.partition("=") for entry in config.get("Env") or ())
    return {name: value for name, _equals, value in entries if name in container.secrets}
