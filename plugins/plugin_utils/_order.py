# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order the instances of a service are rolled, in which batches, and how many must stay healthy meanwhile."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action

T = t.TypeVar("T")


@dataclass(frozen=True)
class Candidate:
    """An instance that has something to do, as its preflight found it.

    ``host``: its row, which is its host where that has no other one; ``home``: the host where it has. ``stays``: it is
    in traffic throughout, as its new container starts first.
    """

    host: str
    action: Action
    passing: bool = False
    leads: bool = False
    rack: str = ""
    home: str = ""
    stays: bool = False

    @property
    def place(self) -> str:
        """Its host."""
        return self.home or self.host

    @property
    def goes_out(self) -> bool:
        """Whether its turn takes an instance away that is in traffic."""
        return self.passing and self.action.takes_out and not self.stays


def ordered(candidates: t.Iterable[Candidate]) -> list[Candidate]:
    """Sort hosts by rack, and within it broken and outdated instances first; the leader comes last with its rack."""
    racks: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=_rank):
        racks.setdefault(candidate.rack, []).append(candidate)
    in_turn = sorted(racks.values(), key=lambda rack: any(candidate.leads for candidate in rack))
    return [candidate for rack in in_turn for candidate in rack]


def _rank(candidate: Candidate) -> tuple[t.Any, ...]:
    by_number = [(int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", candidate.host)]
    return candidate.leads, candidate.passing, candidate.action < Action.SIGNAL, by_number


def spread(candidates: t.Sequence[Candidate], batch: t.Any) -> list[Candidate]:
    """Return the candidates so that those of one host do not stand together, where a batch has more than one.

    The order of racks, of broken ones first and of the leader stays. One by one, a host's instances follow each other.
    """
    if all(str(part) == "1" for part in (batch if isinstance(batch, (list, tuple)) else [batch])):
        return list(candidates)
    seen: dict[tuple[t.Any, ...], int] = {}
    keyed: list[tuple[tuple[t.Any, ...], int, Candidate]] = []
    groups: list[tuple[t.Any, ...]] = []
    for candidate in candidates:
        group = (candidate.rack, *_rank(candidate)[:3])
        if not groups or groups[-1] != group:
            groups.append(group)
        round_of_host = seen[group, candidate.place] = seen.get((group, candidate.place), -1) + 1
        keyed.append(((len(groups), round_of_host), len(keyed), candidate))
    return [candidate for _key, _number, candidate in sorted(keyed, key=lambda entry: entry[:2])]


def batches_of(candidates: t.Sequence[Candidate], batch: t.Any, ahead: int = 0) -> list[int]:
    """How many go at a time. ``batch``: of ``service_rollout``, the last of a list again and again, as in ``serial``.

    No batch has hosts of two racks, nor two instances of one host, unless it is larger than there are hosts.
    ``ahead``: that many go first, and the batches begin after them.
    """
    hosts = len({candidate.place for candidate in candidates})
    parts = [ahead] * bool(ahead) + list(batch if isinstance(batch, (list, tuple)) else [batch])
    sizes = [max(1, share_of(part, len(candidates))) for part in parts]
    batches: list[int] = []
    done = 0
    while done < len(candidates):
        size = sizes[min(len(batches), len(sizes) - 1)]
        part = candidates[done : done + size]
        batches.append(
            next((n for n, one in enumerate(part) if _stands_apart(one, part[:n], size <= hosts)), len(part))
        )
        done += batches[-1]
    return batches


def _stands_apart(one: Candidate, before: t.Sequence[Candidate], host_by_host: bool) -> bool:
    """Return whether a candidate does not go together with those before it in its batch."""
    other_rack = bool(before) and one.rack != before[0].rack
    return other_rack or (host_by_host and any(one.place == other.place for other in before))


def share_of(value: t.Any, hosts: int, where: str = "limit") -> int:
    """Return a number of hosts, given as such or as a percentage of ``hosts``; parts of a host do not count."""
    digits = str(value).removesuffix("%")
    is_number = digits.isdecimal() and not isinstance(value, bool)
    if is_number and digits == str(value):
        return int(digits)
    if is_number and int(digits) <= 100:
        return int(digits) * hosts // 100
    raise Failure(f"{where}: {value!r} is neither a number of hosts nor a percentage such as 25%")


def split(hosts: t.Sequence[T], batches: t.Iterable[int]) -> list[list[T]]:
    """Return the hosts of each batch."""
    parts, rest = [], list(hosts)
    for size in batches:
        parts.append(rest[:size])
        rest = rest[size:]
    return parts


def least_of(value: t.Any, hosts: int) -> int:
    """Return ``service_rollout.min_healthy`` as a number. Parts of a host count: half of three healthy is two."""
    return -share_of(value, -hosts) if str(value).endswith("%") else int(value)


def min_healthy_of(value: t.Any, batches: t.Sequence[t.Sequence[Candidate]], passing: int, hosts: int) -> int:
    """Return how many must stay passing. ``passing``: of all ``hosts`` of the service, those that rest included.

    ``value``: of ``service_rollout.min_healthy``; unless given, what the largest batch leaves. A plan that
    can't keep it is a ``Failure``.
    """
    # Launch counts the instances that are passing beside those of the batch, whatever becomes of these.
    most = max((sum(candidate.passing for candidate in batch) for batch in batches), default=0)
    if value is None:
        return max(0, passing - most)
    least = least_of(value, hosts)
    for batch in batches:
        out = [candidate.host for candidate in batch if candidate.passing]
        if any(candidate.goes_out for candidate in batch) and passing - len(out) < least:
            raise Failure(
                f"service_rollout.min_healthy: {value} of {hosts} hosts must stay passing, and with {', '.join(out)}"
                f" out only {passing - len(out)} would be. Make the batches smaller or fix what is broken first;"
                " broken instances may always be replaced."
            )
        # What is broken or new passes once its batch is done, or the rollout stops there.
        passing += sum(not candidate.passing for candidate in batch)
    return least
