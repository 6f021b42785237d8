# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every case of cases.py: struck, run again, and all is as wanted with nothing left over."""

from __future__ import annotations

import shutil
import time

import pytest

from tests.faults.cases import CASES, NEW, STEPS, TASKS, Case
from tests.faults.client import Client
from tests.faults.deploy import Fleet
from tests.faults.faults import Scene, ready
from tests.faults.lab import NODES, wait_for
from tests.faults.table import Row


def strike(case: Case, scene: Scene) -> float:
    """Deploys, and does the fault at its stage; when that was."""
    if case.stage == "before":
        case.strike(scene)
    struck = time.monotonic()
    scene.deploy = scene.fleet.deploy(case.around)
    if case.stage in TASKS:
        scene.deploy.reached(TASKS[case.stage])
        if case.stage == "pause":
            wait_for("a second batch", lambda: scene.running.said.count(f": {TASKS['pause']}]") > 1)
    elif case.strike.__name__ != "nothing" and case.stage != "before":
        scene.lab.watch_stage("node2", scene.node, STEPS.get(case.stage, case.stage))
    if case.stage != "before":
        struck = time.monotonic()
        case.strike(scene)
    return struck


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.id, marks=[pytest.mark.quick] if case.quick else []) for case in CASES]
)
def test_fault(case: Case, fleet: Fleet, table: list[Row]) -> None:
    if case.around and not shutil.which(case.around[0]):
        pytest.skip(f"there is no {case.around[0]} here: apt-get install faketime")
    fleet.number += 1
    old, new = fleet.settle(), str(fleet.number)
    fleet.write(new, case.changes)
    with Client([fleet.lab.addresses[node] for node in NODES]) as client:
        scene = Scene(fleet.lab, fleet, client)
        try:
            struck = strike(case, scene)
            ended = scene.running.wait()
            case.then(scene)
        finally:
            if scene.deploy:
                scene.deploy.kill()
            case.mend(scene)
            ready(scene)
        assert ended in case.ends, scene.running.said
        assert case.says in scene.running.said.replace("\n    ", "").replace("\n", " "), scene.running.said
        assert "Traceback" not in scene.running.said
        if case.serves:
            served = tuple(new if release == NEW else old for release in case.serves)
            assert wait_for(f"nodes serve {served}", lambda: fleet.pages() == served), fleet.pages()
        again = fleet.deploy()
        assert again.wait() == case.again, again.said
        wanted = new if case.after == NEW else old
        try:
            wait_for(f"all serve {wanted} and nothing is left over", lambda: fleet.is_well(wanted))
        except TimeoutError:
            pytest.fail(f"{fleet.pages()} instead of {wanted}, and left over is: {fleet.leftovers()}\n{again.said}")
        case.at_last(scene)
        healed = time.monotonic() - struck
    table.append(Row(case.fault, case.stage, client.fewest or 0, client.asked, client.lost, healed))
    assert (client.fewest or 0) >= case.fewest, f"only {client.fewest} were passing"
    assert case.lost is None or client.lost <= case.lost, client.losses
