# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run knows, kept as facts of localhost for the plays that follow; here the service, others with their story."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field, fields

Result = dict[str, t.Any]


def facts_of(task_vars: Result) -> Result:
    """Return the facts of localhost; empty in a play of a user's own."""
    facts: Result = task_vars["hostvars"]["localhost"].get("ansible_facts") or {}
    return facts


@dataclass(frozen=True)
class Fact:
    """What frozen dataclasses share that are kept as one fact each. Plays read their fields by the same names."""

    NAME: t.ClassVar[str]

    @classmethod
    def from_facts(cls, facts: Result) -> t.Self:
        """Return what the fact holds; the defaults where there is none."""
        kept = facts.get(cls.NAME) or {}
        return cls(**{entry.name: kept[entry.name] for entry in fields(cls) if entry.name in kept})

    def to_facts(self) -> Result:
        """Return the fact by its name, with lists where there are tuples."""
        values: Result = asdict(self)
        return {self.NAME: {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}}


@dataclass(frozen=True)
class Service(Fact):
    """The service of this run, as its file says it once for all hosts.

    ``folder``: of services/; ``rollout``: ``service_rollout`` with its defaults; ``extra``: keys given by ``-e``.
    Of a rollback: ``release``, the record, and ``chosen``, whether by its ID. Of a removal: ``instances``, host ->
    those that go, and ``speaker``, the host that speaks to Consul. Of a promotion: ``promoted``, the ``image`` and the
    ``code`` of another fleet's release, and ``from``, which one that is.
    """

    NAME = "longshore_service"

    name: str = ""
    path: str = ""
    folder: str = ""
    hosts: t.Any = "all"
    prefix: str = ""
    rollout: Result = field(default_factory=dict)
    extra: t.Sequence[str] = ()
    release: Result | None = None
    chosen: bool = False
    instances: dict[str, list[str]] = field(default_factory=dict)
    speaker: str = ""
    promoted: Result = field(default_factory=dict)
