# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard of one instance in a rollout: what it may take away, and what it notes of itself in the KV meanwhile."""

from __future__ import annotations

import contextlib
import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import checked_wanted
from ansible_collections.longshore.fleet.plugins.module_utils._masking import masked
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import ANY_NODE, service_read
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration_body import INSTANCE
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.founding import (
    founded_marker,
    release_that_ran,
    remember_founding,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock, now
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.guard import Guard
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing


def place_of(entry: dict[str, t.Any], otherwise: str) -> tuple[str, str]:
    """Return node and instance of an entry of ``health/service``; ``otherwise``: where it is not one of Longshore's."""
    meta = (entry.get("Service") or {}).get("Meta") or {}
    return entry["Node"]["Node"], meta.get(INSTANCE) or otherwise


@dataclass
class RolloutGuard(Guard):
    """``batch``: what may be out together with this one; ``min_healthy``: how many others must be passing.

    An entry of ``batch`` is a node, with all that runs there, or ``node/instance``.
    """

    lock: Lock
    release: str
    node: str
    instance: str
    min_healthy: int
    batch: t.Collection[str]
    secrets: dict[str, t.Any] = field(repr=False)
    keep_images: t.Sequence[str]
    first_boot: bool = False
    action: Action = Action.NONE

    @classmethod
    def from_options(cls, params: dict[str, t.Any], agent: Agent) -> RolloutGuard:
        """Return the guard of the options of launch."""
        release, service, instance = params["release"], params["service"] or params["name"], params["name"]
        return cls(
            lock=Lock(agent.consul, Keys(release["prefix"], service), release["session"]),
            release=release["id"],
            node=agent.node(),
            instance=instance,
            min_healthy=release["min_healthy"],
            batch=release["batch"],
            keep_images=release["keep_images"],
            first_boot=checked_wanted(params.get("wanted") or {})["first_boot"],
            secrets=params["secrets"],
        )

    @contextlib.contextmanager
    def taken(self, action: Action) -> t.Iterator[None]:
        self.action = action
        ran = self._release_that_ran() if action is Action.REMOVE else ""
        with self.lock.renewing():
            with self._noting_failure():
                yield
            if action is Action.REMOVE:
                if ran:
                    remember_founding(self.lock, ran)
                self.forget(self.instance)
            else:
                if self.first_boot:
                    self.lock.write([founded_marker(self.lock.keys, self.node, now(), self.release)])
                self._note(result="done")

    def _release_that_ran(self) -> str:
        """Return the release of the note of this instance, which goes with it."""
        return release_that_ran(self.lock.consul.get(f"kv/{self.lock.keys.node(self.node, self.instance)}") or ())

    @contextlib.contextmanager
    def waiting(self) -> t.Iterator[None]:
        with self.lock.renewing():
            yield

    @contextlib.contextmanager
    def _noting_failure(self) -> t.Iterator[None]:
        """Note a failure without secrets: it may show the output of a command, and no_log hides results only."""
        message = "ended by an error that nobody foresaw; the output of the playbook has its traceback"

        def note_failure() -> None:
            with contextlib.suppress(Failure):
                self._note(result="failed", message=message)

        with undoing(note_failure):
            try:
                yield
            except Failure as failure:
                message = masked(str(failure), self.secrets).splitlines()[0]
                raise

    def step(self, doing: str, limit: float | None = None) -> None:
        self._note(doing=doing, limit=limit)

    def refuse_too_few(self, names: t.Iterable[str]) -> None:
        for name in names:
            entries = self.lock.consul.get(f"health/service/{name}", (("passing", "1"),)) or ()
            if not entries:
                self.lock.consul.refuse_hidden(f"instance of {name} that passes", service_read(name), ANY_NODE)
            passing = {place_of(entry, self.instance) for entry in entries}
            others = {f"{node}/{name}" for node, name in passing if not self._may_be_out(node, name)}
            # What is out already takes nothing away.
            goes = any(node == self.node and self._may_be_out(node, name) for node, name in passing)
            if goes and len(others) < self.min_healthy:
                shown = ", ".join(sorted(map(self._shown, others))) or "none"
                raise Failure(
                    f"{name} on {self.node} is not taken out of traffic: Consul lists {len(others)} others as passing"
                    f" ({shown}), and service_rollout.min_healthy asks for"
                    f" {self.min_healthy}. Fix the others first; broken instances may always be replaced."
                )

    def _may_be_out(self, node: str, instance: str) -> bool:
        """Return whether an instance is this one, or may be out together with it."""
        return (node, instance) == (self.node, self.instance) or bool({node, f"{node}/{instance}"} & {*self.batch})

    def _shown(self, place: str) -> str:
        """Return a place as people know it: by its node alone where that has an instance of this one's name."""
        return place.removesuffix(f"/{self.instance}")

    def forget(self, instance: str) -> None:
        keys, place = self.lock.keys, (self.node, instance)
        self.lock.write([{"Verb": "delete", "Key": key} for key in (keys.node(*place), keys.drift(*place))])

    def _note(self, **what: t.Any) -> None:
        note = {"release": self.release, "action": self.action.value, "when": now(), **what}
        value = json.dumps({key: value for key, value in note.items() if value is not None}, sort_keys=True)
        self.lock.write(
            [{"Verb": "set", "Key": self.lock.keys.node(self.node, self.instance), "Value": value.encode()}]
        )
