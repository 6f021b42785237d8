# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All nodes lose their power at once and come back, with nobody there: every instance is passing again."""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.faults.deploy import Fleet
from tests.faults.lab import CHECKOUT, NODES, SERVICE, Lab, run, wait_for
from tests.faults.table import Row

# A secret file lies in memory, which the power takes; the host has it sealed.
SEALED: dict[str, t.Any] = {
    "service_secrets": {"/run/key": "{{ 'a value' | upper }}"},
    "service_secrets_at_rest": "systemd-creds",
    "service_container": {"user": "0:0"},
}
# Seconds for all that has to come back, on a machine that may be slow.
PATIENCE = 240.0
# Seconds after Consul's quorum in which all should be passing again; the table tells whether they were.
GOAL = 60.0


@pytest.fixture(scope="module")
def power_fleet(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Fleet]:
    """Deploy the service with a secret file on nodes that mend by themselves."""
    fleet = Fleet(Lab(), tmp_path_factory.mktemp("power") / "fleet")
    try:
        _repair(fleet, "repair")
        deploy(fleet, "0")
        yield fleet
        deploy(fleet, "0", playbook="remove")
    finally:
        _repair(fleet, "off")
        fleet.lab.at("node1", f"consul kv delete -recurse longshore/services/{SERVICE}/")


def _repair(fleet: Fleet, mode: str) -> None:
    playbook = str(CHECKOUT / "tests/faults/repair.yml")
    run("ansible-playbook", "-i", str(fleet.folder / "hosts.yml"), playbook, "-e", f"repair_mode={mode}")


def deploy(fleet: Fleet, release: str, playbook: str = "deploy") -> None:
    fleet.write(release, SEALED)
    done = fleet.deploy(playbook=playbook)
    assert done.wait() == "done", done.said


def cut(lab: Lab) -> None:
    run("docker", "kill", *map(lab.container, NODES))


def power_on(lab: Lab) -> None:
    run("docker", "start", *map(lab.container, NODES))


def with_consul_late(fleet: Fleet) -> None:
    """Start the agents when all else has been up for a while."""
    cut(fleet.lab)
    power_on(fleet.lab)
    for node in NODES:
        fleet.lab.at(node, "until systemctl stop consul; do sleep 0.1; done")
    tried = "journalctl --unit longshore-repair --boot --output cat | grep -c 'cannot be reached'"
    wait_for("a repair finds no agent", lambda: int(fleet.lab.at("node1", tried, check=False) or 0), PATIENCE)
    for node in NODES:
        fleet.lab.at(node, "systemctl start consul")


def with_half_a_rollout(fleet: Fleet) -> None:
    """Cut the power of a controller that is rolling, too."""
    fleet.write("half", SEALED)
    rolling = fleet.deploy()
    fleet.lab.watch_stage("node2", "node1", "gate")
    rolling.kill()
    cut(fleet.lab)
    rolling.wait()
    power_on(fleet.lab)


def with_the_registry_down(fleet: Fleet) -> None:
    stop_registry_of(fleet)
    cut(fleet.lab)
    power_on(fleet.lab)


def alone(fleet: Fleet) -> None:
    cut(fleet.lab)
    power_on(fleet.lab)


def stop_registry_of(fleet: Fleet) -> None:
    run("docker", "stop", "--time", "1", fleet.lab.container("registry"))


CASES: dict[str, t.Callable[[Fleet], None]] = {
    "power cut": alone,
    "power cut, Consul late": with_consul_late,
    "power cut, registry down": with_the_registry_down,
    "power cut in a rollout": with_half_a_rollout,
}


@pytest.mark.parametrize("name", CASES)
def test_power_cut(name: str, power_fleet: Fleet, table: list[Row]) -> None:
    lab = power_fleet.lab
    serve = {"0", "half"} if CASES[name] is with_half_a_rollout else {"0"}
    try:
        CASES[name](power_fleet)
        wait_for("Consul has its quorum again", lambda: _has_quorum(lab), PATIENCE)
        quorum = time.monotonic()
        wait_for("every instance is passing", lambda: _all_pass(lab) and all(power_fleet.pages()), PATIENCE)
        healed = time.monotonic() - quorum
        assert set(power_fleet.pages()) <= serve, power_fleet.pages()
        keys = [key for node in NODES for key in lab.look(node)["keys"] if key.startswith("drift")]
        assert keys == []
    finally:
        run("docker", "start", *map(lab.container, (*NODES, "registry")))
    table.append(Row(name, f"{'within' if healed <= GOAL else 'not within'} {GOAL:.0f} s", 0, 0, 0, healed))
    deploy(power_fleet, "0")


def _has_quorum(lab: Lab) -> bool:
    ask = "curl --silent --max-time 2 http://127.0.0.1:8500/v1/status/leader"
    return any(":" in lab.at(node, ask, check=False) for node in NODES)


def _all_pass(lab: Lab) -> bool:
    """Return whether Consul tells each instance as passing; for a moment that may be what it knew before the cut."""
    ask = f"curl --silent --max-time 2 'http://127.0.0.1:8500/v1/health/service/{SERVICE}?passing=1'"
    return all(lab.at(node, ask, check=False).count('"ServiceID":"faults"') == len(NODES) for node in NODES)
