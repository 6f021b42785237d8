# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults: one entry a case. To add one, write what strikes, at which stage, and what must then be true."""

from __future__ import annotations

import shutil
import typing as t
from dataclasses import dataclass, field

from tests.faults import faults as f
from tests.faults.faults import Act

OLD, NEW = "the old release", "the new release"
NOTHING_TOUCHED = (OLD, OLD, OLD)
ALL_NEW = (NEW, NEW, NEW)
FIRST_NEW = (NEW, OLD, OLD)


@dataclass(frozen=True)
class Case:
    """One fault.

    ``stage``: before, a task (preflight, pause), or a step of the first host's launch (create, drain, gate …).
    ``changes``: what the service file says beside a new release. ``around``: a command that runs the deploy.
    ``then``: what is looked at when the struck deploy has ended, ``at_last``: at the end of the case.
    ``ends``: how the struck deploy may end. ``says``: what it then must have said. ``serves``: what each node then
    serves, once what was broken is mended; None: any. ``again``: how the same command ends then. ``after``: the
    release that all then serve. ``fewest``: instances that must be passing all the time. ``lost``: requests that may
    be lost; None: as many as the fault itself costs.
    """

    fault: str
    stage: str
    strike: Act = f.nothing
    mend: Act = f.nothing
    then: Act = f.nothing
    at_last: Act = f.nothing
    changes: dict[str, t.Any] = field(default_factory=dict)
    around: tuple[str, ...] = ()
    ends: tuple[str, ...] = ("done",)
    says: str = ""
    serves: tuple[str, ...] | None = None
    again: str = "done"
    after: str = NEW
    fewest: int = 2
    lost: int | None = 0
    quick: bool = False

    @property
    def id(self) -> str:
        """Names it in the table and to pytest."""
        return f"{self.fault}, {self.stage}"


STEPS = {"conditions": "before"}
TASKS = {"preflight": "Plan and pull", "pause": "Pause between batches"}
CRASHES = {"service_container": {"command": ["sh", "-c", "echo no such table; exit 3"]}}
NEVER_HEALTHY = {"service_container": {"command": ["sleep", "999"]}, "service_gate": {"timeout": "12s"}}
# Well for the time that three gates take, and then no more.
DOES_NOT_LAST = {
    "service_container": {
        "command": [
            "sh",
            "-c",
            "mkdir -p /srv && echo brief > /srv/index.html && httpd -p 18480 -h /srv && sleep 25; exit 3",
        ]
    },
    "service_rollout": {"watch": "25s", "on_failure": "rollback"},
}
LARGE_IMAGE = {
    "service_image": {
        "name": "faults",
        "from": None,
        "context": "images/page",
        "args": {
            "BASE": "{{ registry_address }}/busybox:1.35",
            "EDITION": "{{ service_container.environment.RELEASE }}",
        },
    }
}
NO_IMAGE = {"service_image": {"from": "{{ registry_address }}/busybox:none"}}
ONE_MAY_BE_AWAY = {"service_rollout": {"max_unreachable": 1}}
# As Elasticsearch's allocation of shards is switched, which Consul's KV stands for here.
SWITCHED = {"service_gate": {"before": [f.SWITCH_OFF], "after": [f.SWITCH_ON]}}
SWITCHED_AND_STUCK = {"service_gate": {"before": [f.SWITCH_OFF, f.NEVER_HOLDS], "after": [f.SWITCH_ON]}}
WAITS_FOR_THE_SECOND = {"service_gate": {"after": [{"http": f.TOLD, "headers": f.TOKEN, "timeout": "2m"}]}}
HOUR_AHEAD = (shutil.which("faketime") or "faketime", "-f", "+1h")

CASES = [
    # The controller
    Case("controller killed", "preflight", f.kill_controller, ends=("killed",), serves=NOTHING_TOUCHED, quick=True),
    Case("controller killed", "create", f.kill_controller, ends=("killed",)),
    Case("controller killed", "drain", f.kill_controller, ends=("killed",)),
    Case("controller killed", "gate", f.kill_controller, ends=("killed",)),
    Case(
        "controller killed",
        "pause",
        f.kill_controller,
        changes={"service_rollout": {"pause": "3s"}},
        ends=("killed",),
        serves=FIRST_NEW,
    ),
    Case("controller interrupted", "gate", f.interrupt_controller, then=f.lock_given_back, ends=("failed",)),
    Case(
        "controller interrupted",
        "pause",
        f.interrupt_at_work,
        then=f.lock_given_back,
        changes={"service_rollout": {"pause": "60s"}},
        ends=("failed",),
        serves=FIRST_NEW,
    ),
    Case("controller an hour ahead", "before", around=HOUR_AHEAD, serves=ALL_NEW),
    Case("two deploys at once", "gate", f.deploy_too, changes=WAITS_FOR_THE_SECOND, serves=ALL_NEW, quick=True),
    Case("lock destroyed by force", "gate", f.destroy_lock, ends=("failed",), says="was lost", serves=FIRST_NEW),
    # The launch on the host, while what its gate's conditions have switched off is off
    Case(
        "launch killed, and nothing to do then",
        "conditions",
        f.kill_launch,
        f.revert(SWITCHED),
        f.is_switched("off"),
        f.is_switched("on"),
        changes=SWITCHED_AND_STUCK,
        ends=("failed",),
        serves=NOTHING_TOUCHED,
        after=OLD,
    ),
    Case(
        "launch killed, and the change reverted",
        "gate",
        f.kill_launch,
        f.revert(SWITCHED),
        f.is_switched("off"),
        f.is_switched("on"),
        changes=SWITCHED,
        ends=("failed",),
        after=OLD,
    ),
    Case(
        "launch killed",
        "drain",
        f.kill_launch,
        then=f.is_switched("off"),
        at_last=f.is_switched("on"),
        changes=SWITCHED,
        ends=("failed",),
    ),
    # The way to the host
    Case(
        "SSH cut",
        "before",
        f.cut_ssh("node2"),
        f.mend_ssh("node2"),
        ends=("failed",),
        says="node2: cannot be reached",
        serves=NOTHING_TOUCHED,
    ),
    Case(
        "SSH cut, one host may be away",
        "before",
        f.cut_ssh("node2"),
        f.mend_ssh("node2"),
        then=f.is_recorded_as_set_aside("node2"),
        changes=ONE_MAY_BE_AWAY,
        says="node2: set aside, cannot be reached",
        serves=(NEW, OLD, NEW),
    ),
    Case(
        "SSH cut to two, one host may be away",
        "before",
        f.cut_ssh("node1", "node2"),
        f.mend_ssh("node1", "node2"),
        changes=ONE_MAY_BE_AWAY,
        ends=("failed",),
        says="no container was touched",
        serves=NOTHING_TOUCHED,
    ),
    Case("SSH cut", "gate", f.cut_ssh("node1"), f.mend_ssh("node1"), ends=("failed",), says="node1"),
    # Consul
    Case(
        "agent down",
        "before",
        f.stop_agents("node1"),
        f.start_agents("node1"),
        ends=("failed",),
        says="The Consul agent at http://127.0.0.1:8500 cannot be reached",
        serves=NOTHING_TOUCHED,
        quick=True,
    ),
    Case(
        "agent down",
        "gate",
        f.stop_agents("node1"),
        f.start_agents("node1"),
        ends=("failed",),
        says="The Consul agent at http://127.0.0.1:8500 cannot be reached",
        lost=None,
    ),
    Case("leader lost", "gate", f.kill_leader, ends=("done", "failed"), fewest=1),
    Case(
        "no quorum",
        "gate",
        f.stop_agents("node2", "node3"),
        f.start_agents("node2", "node3"),
        ends=("failed",),
        says="no leader",
        fewest=0,
        lost=None,
    ),
    # Docker
    Case("engine restarted", "drain", f.restart_engine, ends=("done", "failed"), lost=None),
    Case("engine restarted, old container kept", "gate", f.restart_engine, ends=("done", "failed"), lost=None),
    Case(
        "engine down",
        "before",
        f.stop_engine("node2"),
        f.start_engine("node2"),
        ends=("failed",),
        says="The Docker Engine at unix:///var/run/docker.sock cannot be reached",
        lost=None,
    ),
    Case(
        "registry down",
        "before",
        f.stop_registry,
        f.start_registry,
        ends=("failed",),
        serves=NOTHING_TOUCHED,
    ),
    Case("registry down", "gate", f.stop_registry, f.start_registry, serves=ALL_NEW),
    Case(
        "image missing in the registry",
        "before",
        changes=NO_IMAGE,
        ends=("failed",),
        serves=NOTHING_TOUCHED,
        again="failed",
        after=OLD,
        fewest=3,
    ),
    Case(
        "disk full",
        "before",
        f.fill_disk("node2"),
        f.empty_disk("node2"),
        changes=LARGE_IMAGE,
        ends=("failed",),
        says="no space left",
        serves=NOTHING_TOUCHED,
    ),
    # The container
    Case(
        "container crashes at once",
        "gate",
        changes=CRASHES,
        ends=("failed",),
        says="exit code 3",
        serves=NOTHING_TOUCHED,
        again="failed",
        after=OLD,
        quick=True,
    ),
    Case(
        "container never gets healthy",
        "gate",
        changes=NEVER_HEALTHY,
        ends=("failed",),
        says="The old container is back and passing.",
        serves=NOTHING_TOUCHED,
        again="failed",
        after=OLD,
    ),
    Case(
        "container crashes after the gate",
        "watch",
        changes=DOES_NOT_LAST,
        ends=("failed",),
        says="back on the release before",
        serves=NOTHING_TOUCHED,
        again="failed",
        after=OLD,
        fewest=0,
        lost=None,
    ),
    Case("old container removed by hand", "gate", f.remove_container("node1", "faults.previous"), serves=ALL_NEW),
    Case(
        "another host's container removed by hand",
        "gate",
        f.remove_container("node3", "faults"),
        ends=("failed",),
        says="is not taken out of traffic",
        fewest=1,
        lost=None,
    ),
    # The host
    Case("host rebooted", "gate", f.reboot("node1"), ends=("done", "failed"), lost=None),
    Case("another host rebooted", "gate", f.reboot("node3"), ends=("done", "failed"), fewest=1, lost=None),
]
