# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import decide
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import (
    MAINTENANCE,
    ObservedInstance,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.repair.course import (
    Course,
    course_of,
    matching,
    remaining,
)
from tests.unit.builders import found_container, found_registration, instance_spec, observed

WEB = instance_spec(registrations=[{"name": "web", "port": 80}])
RED = instance_spec(container={"environment": {"COLOUR": "red"}})
DIGESTS = {"TOKEN": "d-1", "/run/key": "d-2"}
SEALED = instance_spec(DIGESTS, secrets={"TOKEN": "t", "/run/key": "k"})
UNSEALED = replace(SEALED, secrets={})
FOUNDER = instance_spec(
    container={"command": ["found"]}, container_without_peers={"command": ["join"]}, first_boot=True
)
(REGISTERED,) = (found_registration(r) for r in WEB.registrations)
RUNNING = found_container(WEB)


def lost(spec: InstanceSpec, state: str, *registered: t.Any) -> ObservedInstance:
    """Return an instance whose secret file went with a reboot."""
    return observed(found_container(spec, state=state), *registered, lost_secrets=("/run/key",))


TABLE = {
    "well": (WEB, observed(RUNNING, REGISTERED), Course.NOTHING),
    "stopped": (WEB, observed(found_container(WEB, state="exited"), REGISTERED), Course.MEND),
    "created and never started": (WEB, observed(found_container(WEB, state="created")), Course.MEND),
    "paused": (WEB, observed(found_container(WEB, state="paused"), REGISTERED), Course.MEND),
    "renamed": (WEB, observed(found_container(WEB, name="old"), REGISTERED), Course.MEND),
    "removed": (WEB, observed(None, REGISTERED), Course.MEND),
    "deregistered": (WEB, observed(RUNNING), Course.MEND),
    "left in our maintenance": (WEB, observed(RUNNING, replace(REGISTERED, maintenance=MAINTENANCE)), Course.MEND),
    "in somebody else's": (WEB, observed(RUNNING, replace(REGISTERED, maintenance="patch day")), Course.NOTHING),
    "never passed its gate": (WEB, observed(RUNNING, replace(REGISTERED, passed_gate=False)), Course.MEND),
    "with the next one beside it": (
        WEB,
        observed(RUNNING, REGISTERED, upcoming=found_container(RED, name="web.next", state="created")),
        Course.MEND,
    ),
    "set aside": (
        WEB,
        observed(None, REGISTERED, previous=found_container(WEB, name="web.previous", state="exited")),
        Course.GO_BACK,
    ),
    "with another restart policy": (WEB, observed(found_container(WEB, policy="no"), REGISTERED), Course.REPORT),
    "with another image": (WEB, observed(found_container(instance_spec(content="c-2")), REGISTERED), Course.REPORT),
    "restarting with secrets lost": (UNSEALED, lost(SEALED, "restarting"), Course.REPORT),
    "stopped, secrets lost": (UNSEALED, lost(SEALED, "exited"), Course.REPORT),
    "stopped, secrets sealed": (SEALED, lost(SEALED, "exited"), Course.MEND),
    "running, secrets lost": (UNSEALED, lost(SEALED, "running"), Course.REPORT),
    "running, secrets sealed": (SEALED, lost(SEALED, "running"), Course.MEND),
    "removed, secrets sealed": (SEALED, observed(None), Course.MEND),
    "removed, secrets lost": (UNSEALED, observed(None), Course.REPORT),
    "a founder, removed": (FOUNDER, observed(None), Course.REPORT),
    "a founder, stopped": (FOUNDER, observed(found_container(FOUNDER, state="exited")), Course.REPORT),
    "a founder, set aside": (
        FOUNDER,
        observed(None, previous=found_container(FOUNDER, name="web.previous")),
        Course.REPORT,
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_a_host_mends_by_itself(name: str) -> None:
    wanted, found, course = TABLE[name]
    assert course_of(wanted, found, decide(wanted, found)) is course


def test_secrets_that_are_lost_keep_no_registration_from_being_mended() -> None:
    wanted = replace(UNSEALED, registrations=WEB.registrations)
    found = lost(SEALED, "running")
    assert course_of(wanted, found, decide(wanted, found)) is Course.MEND


MATCHES = {
    "what was launched": ([RED, WEB], observed(found_container(WEB)), WEB),
    "what a killed launch had made": ([RED, WEB], observed(found_container(RED)), RED),
    "with a limit changed by hand": ([WEB], observed(replace(found_container(WEB), limits={"mem_limit": 1})), WEB),
    "what was set aside": ([RED, WEB], observed(None, previous=found_container(RED)), RED),
    "neither": ([RED, WEB], observed(found_container(instance_spec(content="c-2"))), None),
    "no container": ([RED, WEB], observed(None), WEB),
    "no launch": ([], observed(None), None),
}


@pytest.mark.parametrize("name", MATCHES)
def test_which_launch_a_container_is_of(name: str) -> None:
    candidates, found, spec = MATCHES[name]
    assert matching(candidates, found) is spec


SENTENCES = {
    "stopped": (WEB, observed(found_container(WEB, state="exited"), REGISTERED), ["state: exited, not running"]),
    "removed": (RED, observed(None), "environment.COLOUR: (not there), not red"),
    "lost": (UNSEALED, lost(SEALED, "exited"), "service_secrets_at_rest: systemd-creds"),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_what_is_left_is_told(name: str) -> None:
    wanted, found, told = SENTENCES[name]
    sentences = remaining(wanted, found, decide(wanted, found))
    assert sentences == told if isinstance(told, list) else any(told in sentence for sentence in sentences)
