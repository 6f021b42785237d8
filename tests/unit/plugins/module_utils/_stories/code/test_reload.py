# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be proven of a reload, and what not; that it is proven is shown by tests/integration/targets/reload."""

from __future__ import annotations

import re
import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import processes
from ansible_collections.longshore.fleet.plugins.module_utils._clients.exchange import Answer
from ansible_collections.longshore.fleet.plugins.module_utils._clients.processes import Process
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Reload
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check import Check
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code import reload
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.reload import (
    Proof,
    Running,
    refuse_unprovable,
)
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

MASTER = Process(1, 0, "uwsgi", 1)
WORKER = Process(2, 1, "uwsgi", 2)
HTTP, TTL = Check("web", {"http": "http://127.0.0.1/"}), Check("web", {"ttl": "10s"})
PAGE = "http://127.0.0.1/"


def how(url: str) -> Reload:
    return Reload("signal", "HUP", 30.0, (), (), 60.0, url)


@pytest.mark.parametrize(
    ("handled", "workers", "url", "version", "says"),
    [
        pytest.param(True, [WORKER], "", "", None, id="workers"),
        pytest.param(True, [], "http://127.0.0.1/", "v1", None, id="a page with the release"),
        pytest.param(
            True, [], "http://127.0.0.1/", "", "no worker processes", id="a page, and no code to tell the release of"
        ),
        pytest.param(True, [], "", "v1", "no worker processes", id="neither workers nor page"),
        pytest.param(False, [WORKER], "http://127.0.0.1/", "v1", "no handler for HUP", id="a deaf master"),
    ],
)
def test_what_can_be_proven(
    monkeypatch: pytest.MonkeyPatch, handled: bool, workers: list[Process], url: str, version: str, says: str | None
) -> None:
    monkeypatch.setattr(processes, "handles", lambda _pid, _signal: handled)
    running = Running("id", 1, "now", 0, MASTER, frozenset(workers))
    if says is None:
        refuse_unprovable(running, how(url), version)
    else:
        with pytest.raises(Failure, match=says):
            refuse_unprovable(running, how(url), version)


def at(*workers: int, accepting: t.Sequence[int] = ()) -> Running:
    made = [frozenset(Process(pid, 1, "uwsgi", pid) for pid in pids) for pids in (workers, accepting)]
    return Running("id", 1, "now", 0, MASTER, *made)


class Looks:
    """What is seen at one moment after the other, as (seconds since the signal, workers)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now = at()
        monkeypatch.setattr(reload, "observe_processes", lambda *_: self._now)
        monkeypatch.setattr(reload, "probe", lambda _options, _timeout: ("passing", ""))
        monkeypatch.setattr(reload, "page", lambda *_: Answer(200, "release v1"))

    def proven_at(self, proof: Proof, looks: t.Sequence[tuple[float, list[int]]]) -> float | None:
        """Return the first moment at which the proof holds."""
        for seconds, workers in looks:
            self._now = at(*workers)
            if proof.holds(t.cast(Deadline, SimpleNamespace(elapsed=seconds, left=30 - seconds))):
                return seconds
        return None


def proof(checks: t.Sequence[Check] = (), url: str = "", version: str = "v1") -> Proof:
    return Proof(t.cast(t.Any, None), at(2, 3), how(url), checks, version, ())


@pytest.mark.parametrize(
    ("checks", "url", "version", "stays"),
    [
        pytest.param([HTTP], "", "v1", 0.3, id="a check that connects"),
        pytest.param([], PAGE, "v1", 0.3, id="a page with the release"),
        pytest.param([], PAGE, "", 2.0, id="a page, and no code to tell the release of"),
        pytest.param([TTL], "", "v1", 2.0, id="a check that only the agent can make"),
        pytest.param([], "", "v1", 2.0, id="nothing that answers"),
    ],
)
def test_workers_that_nothing_answers_for_stay_longer(
    checks: list[Check], url: str, version: str, stays: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = [(1.0, [4, 5]), (1.2, [4, 5]), (1.3, [4, 5]), (2.9, [4, 5]), (3.0, [4, 5])]
    assert Looks(monkeypatch).proven_at(proof(checks, url, version), looks) == 1 + stays


@pytest.mark.parametrize(
    "fails",
    [
        pytest.param([4, 6], id="and is replaced at once"),
        pytest.param([4], id="and is not replaced"),
        pytest.param([], id="as all do"),
    ],
)
def test_a_worker_that_fails_after_a_second_proves_nothing(fails: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [(0.5, [4, 5]), (1.6, [4, 5]), (1.7, fails), (2.6, fails), (3.6, fails)]
    made = proof()
    assert Looks(monkeypatch).proven_at(made, looks) is None
    assert ("have not stayed the same for 2 s" in made.missing) is bool(fails)


@pytest.mark.parametrize(
    ("before", "after", "missing", "draining"),
    [
        pytest.param(([2, 3], [2, 3]), ([4, 5], [4, 5]), "", set(), id="all are new"),
        pytest.param(([2], [2]), ([2, 4], [4]), "", {2}, id="the old one only ends its connections (HAProxy)"),
        pytest.param(([2], [2]), ([2, 4], [2, 4]), "1 of 1 workers .* hard-stop-after", set(), id="it accepts more"),
        pytest.param(([2, 9], [2]), ([4, 9], [4]), "", set(), id="a lasting child beside the workers"),
        pytest.param(([2, 8, 9], [2]), ([4, 8, 9], [4]), "", set(), id="one that drains since the reload before"),
        pytest.param(([2, 9], [2]), ([9], []), "no new worker", set(), id="nobody in its place"),
        pytest.param(([2], [2]), ([2, 4], []), "no new worker", set(), id="a new one that accepts nothing"),
        pytest.param(([2, 3], []), ([3, 4], []), "1 of 2 workers", set(), id="workers that a master hands connections"),
        pytest.param(([2, 3], []), ([4, 5], []), "", set(), id="the same, renewed"),
    ],
)
def test_who_accepts_connections_counts(
    before: tuple[list[int], list[int]],
    after: tuple[list[int], list[int]],
    missing: str,
    draining: set[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Proof(t.cast(t.Any, None), at(*before[0], accepting=before[1]), how(""), [], "v1", ())
    monkeypatch.setattr(reload, "observe_processes", lambda *_: at(*after[0], accepting=after[1]))
    held = [made.holds(t.cast(Deadline, SimpleNamespace(elapsed=s, left=30 - s))) for s in (1.0, 3.5)]
    assert held == [False, not missing]
    assert re.search(missing or "have not stayed", made.missing)
    assert {process.pid for process in made.draining} == draining
