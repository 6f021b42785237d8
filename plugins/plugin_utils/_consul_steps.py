# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps by which Consul is upgraded, as HashiCorp's upgrade instructions have them. Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

Version = tuple[int, int, float]

# "Each upgrade should jump at most 2 major versions": of 1.10.12, that is the 10.
FARTHEST = 2
# From these, they lead to the newest 1.10.x.
DEDICATED = {(1, 8): 10, (1, 9): 10}
# The status of a member that has left.
LEFT = 3


@dataclass(frozen=True)
class Agent:
    """An agent of the cluster: the name of its node, the version that it runs, and whether it is a server."""

    node: str
    version: str
    serves: bool = False

    @property
    def numbers(self) -> Version:
        return numbers(self.version)


def agents_of(members: t.Iterable[t.Mapping[str, t.Any]]) -> list[Agent]:
    """Return who is in the cluster, as an agent lists its members; those that failed may come back as they were."""
    return [
        Agent(member["Name"], member["Tags"]["build"].partition(":")[0], member["Tags"]["role"] == "consul")
        for member in members
        if member["Status"] != LEFT
    ]


def refusals(agents: t.Iterable[Agent], wanted: str, node: str, running: str, servers_stay: bool) -> list[str]:
    """Return why a node must not get the wanted version, with what to do; empty where it may.

    ``agents``: those of the cluster; ``running``: the version that this node has, empty where it has none yet;
    ``servers_stay``: whether not all servers get the wanted version with it.
    """
    own = [Agent(node, running)] if running else []
    everybody = sorted([agent for agent in agents if agent.node != node] + own, key=lambda agent: agent.node)
    target = numbers(wanted)
    return [
        *(_older(agent, wanted) for agent in own if agent.numbers > target),
        *(_jump(agent, wanted) for agent in everybody if agent.numbers < target > _reach(agent.numbers)),
        *(_too_early(agent, wanted) for agent in everybody if servers_stay and agent.serves and agent.numbers < target),
    ]


def numbers(version: str) -> Version:
    """Return the three numbers of 1.13.9, also of 1.13.9+ent."""
    major, minor, patch = re.split("[-+]", version)[0].split(".")
    return int(major), int(minor), int(patch)


def _reach(version: Version) -> Version:
    """Return what no single step goes beyond: the last of the patch versions of that release."""
    major, minor, _patch = version
    return major, DEDICATED.get((major, minor), minor + FARTHEST), float("inf")


def _way(found: Version, target: Version) -> t.Iterator[str]:
    """Yield the releases to stop at, such as 1.10 and 1.12 from 1.8.7 to 1.13.9; both of the same major number."""
    while (found := _reach(found)) < target:
        yield f"{found[0]}.{found[1]}"


def _older(agent: Agent, wanted: str) -> str:
    return (
        f"{agent.node} runs Consul {agent.version}, and {wanted} is older: it may not read what the newer has written. "
        f"Stay with {agent.version} or a newer one. The way back is a snapshot of before, restored into a new cluster."
    )


def _jump(agent: Agent, wanted: str) -> str:
    found, target = agent.numbers, numbers(wanted)
    begin = (
        f"{agent.node} runs Consul {agent.version}, from which HashiCorp's upgrade instructions do not lead to {wanted}"
    )
    if found[0] != target[0]:
        return f"{begin}: see there."
    steps = ", then ".join(f"the newest {release}.x" for release in _way(found, target))
    return f"{begin} in one step. Have all hosts run {steps}, each by a run of its own, then {wanted}."


def _too_early(agent: Agent, wanted: str) -> str:
    return f"The server {agent.node} runs Consul {agent.version}: servers get {wanted} first. Run this without --limit."
