# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host as Consul's catalog knows it."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


@dataclass(frozen=True)
class Node:
    """The local agent's own node."""

    name: str
    address: str
    datacenter: str
    meta: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_agent(cls, answer: dict[str, t.Any]) -> Node:
        """Return the node of an answer of ``GET /v1/agent/self``.

        Its parts end up in rendered files, so one that would end a line there is a ``Failure``.
        """
        config, meta = answer["Config"], dict(answer.get("Meta") or {})
        node = cls(config["NodeName"], answer["Member"]["Addr"], config["Datacenter"], meta)
        for text in (node.name, node.address, node.datacenter, *meta, *meta.values()):
            if not text.isprintable():
                raise Failure(
                    f"The Consul agent of this host tells {text!r} of its node, which has a control character; correct"
                    " the agent's configuration (node_name, advertise, node_meta)"
                )
        return node

    def to_result(self) -> dict[str, t.Any]:
        """Return the node as templates see it."""
        return asdict(self)
