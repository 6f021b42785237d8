# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container as it is wanted, and what makes the one that was found another."""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import (
    FIRST_START,
    IMAGE,
    INSTANCE,
    ONE_OFF,
    REGISTRATIONS,
    RELOAD,
    SECRETS,
    SERVICE,
    SIDECAR,
    SIDECARS,
    VERSION,
    WANTED,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.limits import (
    can_be_updated,
    limit_changes,
    without_limits,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import (
    Change,
    changes_between,
    flat,
)

# Not for a one-off: what the instance itself holds, and how it is kept alive.
OF_THE_INSTANCE_ALONE = ("ports", "entrypoint", "healthcheck", "auto_remove", "mac_address", "hostname", "stop_signal")


@dataclass(frozen=True)
class Container:
    """A container as it is wanted.

    ``options``: the SDK's keyword arguments with the real peers; ``compared``: the same with stand-ins for the peers
    and without what only a first boot adds, so that neither ever comes back as a difference.
    """

    name: str
    service: str
    reference: str
    content: str
    version: str
    options: dict[str, t.Any]
    compared: dict[str, t.Any]
    secrets: dict[str, str]
    registrations: list[dict[str, t.Any]]
    reload: dict[str, t.Any] = field(default_factory=dict)
    first_boot: bool = False
    empty_peers: tuple[str, ...] = ()
    instance: str = ""  # of a sidecar, the instance that it belongs to
    sidecar: dict[str, t.Any] = field(default_factory=dict)  # of a sidecar, its settings
    sidecars: dict[str, dict[str, t.Any]] = field(default_factory=dict)  # name -> as of Sidecar.mark

    def labels(self) -> dict[str, str]:
        """Return the user's labels and ours."""
        return {
            **self.options.get("labels", {}),
            SERVICE: self.service,
            INSTANCE: self.instance or self.name,
            IMAGE: self.content,
            VERSION: self.version,
            WANTED: json.dumps(self.compared, sort_keys=True),
            SECRETS: json.dumps(self.secrets, sort_keys=True),
            REGISTRATIONS: json.dumps(self.registrations, sort_keys=True),
            **({RELOAD: json.dumps(self.reload, sort_keys=True)} if self.reload else {}),
            **({FIRST_START: json.dumps(self.first_start, sort_keys=True)} if self.first_start else {}),
            **({SIDECAR: json.dumps(self.sidecar, sort_keys=True)} if self.sidecar else {}),
            **({SIDECARS: json.dumps(self.sidecars, sort_keys=True)} if self.sidecars else {}),
        }

    @property
    def first_start(self) -> dict[str, t.Any]:
        """What the options have of a cluster's first start: an argument of ``first_boot``, or an empty list of peers.

        Empty where they have neither: where the rendering uses no peers, or all are there.
        """
        if self.options == self.compared or not (self.first_boot or self.empty_peers):
            return {}
        return {"first_boot": self.first_boot, "empty_peers": list(self.empty_peers), "options": self._options_digest}

    @property
    def _options_digest(self) -> str:
        return hashlib.sha256(json.dumps(self.options, sort_keys=True).encode()).hexdigest()

    def first_start_changes_from(self, found: FoundContainer) -> tuple[Change, ...]:
        """Tell what the found container still has of a cluster's first start, where it would be made otherwise today.

        These differences alone replace no container that is well; one that is broken must not start with them again.
        """
        then = found.first_start
        if not then or then["options"] == self._options_digest:
            return ()
        over = (Change("first_boot", True, False),) if then["first_boot"] and not self.first_boot else ()
        gained = (name for name in then["empty_peers"] if name not in self.empty_peers)
        return (*over, *(Change(f"peers.{name}", "none", "those of today") for name in gained))

    @property
    def digest(self) -> str:
        """Tells whether two containers are wanted alike; peers and secrets aside, for which a host may have no key."""
        labels = {**self.labels(), SECRETS: "", FIRST_START: ""}
        return hashlib.sha256(json.dumps(labels, sort_keys=True).encode()).hexdigest()

    def made(self, found: FoundContainer) -> bool:
        """Return whether the found container was made of this, whatever somebody has changed of it since."""
        wanted, sidecars = json.dumps(found.wanted, sort_keys=True), (found.sidecar, found.sidecars)
        as_made = (found.content, wanted, found.secrets) == (self.content, self.labels()[WANTED], self.secrets)
        return as_made and sidecars == (self.sidecar, self.sidecars)

    def changes_from(self, found: FoundContainer) -> tuple[Change, ...]:
        """Return what makes the found container another one than this; empty if nothing, or an update is enough."""
        image = () if found.content == self.content else (Change("image", found.content, self.content),)
        options = (
            self._as_run(change, found)
            for change in changes_between(without_limits(found.wanted), without_limits(self.compared))
        )
        taken_away = tuple(change for change in self._limit_changes(found) if not can_be_updated(change))
        secrets = tuple(
            Change(f"secrets.{name}", *_without_value(found.secrets.get(name), self.secrets.get(name)))
            for name in sorted(found.secrets.keys() | self.secrets.keys())
            if found.secrets.get(name) != self.secrets.get(name)
        )
        return (*image, *options, *taken_away, *secrets)

    def _as_run(self, change: Change, found: FoundContainer) -> Change:
        """Return the change with the values that ran and will run, in the place of those that were compared."""
        run = Change(
            change.key,
            found.ran.get(change.key, change.before),
            flat(self.options).get(change.key, change.after),
        )
        return change if run.before == run.after else run

    def updates_from(self, found: FoundContainer) -> tuple[Change, ...]:
        """Return limits and restart policy that the engine can change while the found container runs on."""
        return tuple(change for change in self._limit_changes(found) if can_be_updated(change))

    def reload_changes_from(self, found: FoundContainer) -> tuple[Change, ...]:
        """Return settings of a reload that differ from those noted; a reload by hand goes by the noted ones."""
        return changes_between(found.reload.get("reload") or {}, self.reload.get("reload") or {}, "reload.")

    def _limit_changes(self, found: FoundContainer) -> tuple[Change, ...]:
        return limit_changes(self.options, found.wanted, found.limits)


def one_off_options(container: Container, command: list[str]) -> dict[str, t.Any]:
    """Return the options of a container that is made like ``container`` and runs a single command.

    The command is run as ``docker exec`` would: an entrypoint, the service file's or the image's, has no say in it.
    """
    kept = {name: value for name, value in container.options.items() if name not in OF_THE_INSTANCE_ALONE}
    labels = {ONE_OFF: container.name}
    return {
        **kept,
        "entrypoint": [],
        "command": command,
        "labels": labels,
        "restart_policy": {"Name": "no"},
        "healthcheck": {"test": ["NONE"]},
    }


def _without_value(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Return words for the digests of a secret: neither its value nor its digest belongs in a plan."""
    return (
        None if before is None else "set",
        None if after is None else "set" if before is None else "changed",
    )
