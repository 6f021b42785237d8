# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every case of reload_cases.py: struck, run again, and no request was lost, no container touched."""

from __future__ import annotations

import time

import pytest

from tests.faults.cases import NEW
from tests.faults.client import Client
from tests.faults.code import CodeFleet
from tests.faults.faults import Scene, ready
from tests.faults.lab import NODES, wait_for
from tests.faults.reload_cases import CASES, ReloadCase
from tests.faults.reload_faults import wait_for_switch
from tests.faults.table import Row


def struck(case: ReloadCase, scene: Scene, fleet: CodeFleet) -> str:
    """How the reload ended that the fault has struck; what was broken is mended then."""
    try:
        before = fleet.current(scene.node)
        if case.stage == "before":
            case.strike(scene)
        scene.deploy = fleet.reload()
        if case.stage == "switched":
            wait_for_switch(scene, before)
            case.strike(scene)
        return scene.running.wait()
    finally:
        if scene.deploy:
            scene.deploy.kill()
        case.mend(scene)
        ready(scene)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.id, marks=[pytest.mark.quick] if case.quick else []) for case in CASES]
)
def test_reload_fault(case: ReloadCase, code_fleet: CodeFleet, table: list[Row]) -> None:
    fleet = code_fleet
    fleet.number += 1
    old, new = fleet.settle(), str(fleet.number)
    containers = fleet.containers()
    fleet.write(new, case.changes)
    with Client([fleet.lab.addresses[node] for node in NODES]) as client:
        scene, began = Scene(fleet.lab, fleet, client), time.monotonic()
        ended, said = struck(case, scene, fleet), scene.running.said.replace("\n    ", "").replace("\n", " ")
        assert ended == case.ends, scene.running.said
        assert [words for words in case.says if words not in said] == [], scene.running.said
        assert "\nTraceback" not in scene.running.said, scene.running.said
        served = tuple(new if release == NEW else old for release in case.serves)
        assert wait_for(f"nodes serve {served}", lambda: fleet.pages() == served), fleet.pages()
        assert fleet.containers() == containers
        if case.mended:
            fleet.write(new, {})
        again = fleet.reload()
        assert again.wait() == "done", again.said
        assert case.heals in again.said or served == (new,) * len(NODES), again.said
        try:
            wait_for(f"all serve {new} and nothing is left over", lambda: fleet.is_well(new))
        except TimeoutError:
            pytest.fail(f"{fleet.pages()} instead of {new}, and left over is: {fleet.leftovers()}\n{again.said}")
        healed = time.monotonic() - began
    table.append(Row(f"reload: {case.fault}", case.stage, client.fewest or 0, client.asked, client.lost, healed))
    assert fleet.containers() == containers
    assert client.fewest == len(NODES), f"only {client.fewest} were passing"
    assert client.lost == 0, client.losses
