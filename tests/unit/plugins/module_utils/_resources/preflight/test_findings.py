# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a survey alone shows that nothing is to do, and when the host is to be asked."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.secrets import fingerprints, keyed
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Loaded
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import HostFile
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.preflight.findings import at_rest
from tests.unit.builders import found_container, found_registration, instance_options, observed

REGISTRATION = {"port": 80, "tags": ["b", "a"], "checks": [{"args": ["true"], "interval": "10s"}]}
FILE = {"path": "/etc/web", "content": "", "owner": 0, "group": 0, "mode": "0644", "validate": None}
FILE |= {"on_change": "none"}
CODE = {"reference": f"registry/web-code@sha256:{'a' * 64}", "content": "k-1", "version": "v1"}


def options(**changes: t.Any) -> dict[str, t.Any]:
    """Of the module launch, for what ``survey`` has found; ``changes`` are to what is wanted."""
    container = {"environment": {"A": "1"}, "restart_policy": {"Name": "always"}}
    return instance_options(**{"container": container, "registrations": [REGISTRATION], **changes})


WANTED = InstanceSpec.from_options(options(), {})


def survey(maintenance: str | None = None, of: InstanceSpec | None = None, **changes: t.Any) -> dict[str, t.Any]:
    """As it comes from the host, of an instance that is as wanted, or as in ``of``."""
    notes = {"_service_maintenance:web": {"ServiceID": "web", "Notes": maintenance}} if maintenance else {}
    [registration] = WANTED.registrations
    checks = {check["CheckID"]: {"ServiceID": "web"} for check in registration.to_api("passing")["Checks"]}
    container = found_container(of or WANTED)
    found = replace(observed(container, found_registration(registration, {**checks, **notes})), **changes)
    return t.cast(dict[str, t.Any], json.loads(json.dumps(found.to_result())))


AS_WANTED = survey(passing=True)


def test_a_survey_comes_back_as_it_was_from_json() -> None:
    found = ObservedInstance.from_result(
        survey(lost_secrets=("/run/key",), next=ObservedInstance.from_result(AS_WANTED).current)
    )
    assert found.to_result() == ObservedInstance.from_result(json.loads(json.dumps(found.to_result()))).to_result()
    assert found.registrations["web"].tags == ("b", "a")
    assert found.lost_secrets == ("/run/key",)


@pytest.mark.parametrize("check", [True, False])
def test_nothing_to_do_is_told_from_the_survey(check: bool) -> None:
    assert at_rest(options(), AS_WANTED, check) == {
        "changed": False,
        "action": "none",
        "changes": [],
        "diff": {},
        "problems": [],
        "warnings": [],
        "pulled": False,
        "rendered": WANTED.container.digest,
        "passing": True,
        "leads": False,
    }


def test_code_is_told_from_it_too() -> None:
    params = options(code={}, code_release=CODE)
    found = survey(
        of=InstanceSpec.from_options(params, {}),
        loaded=Loaded("id", "k-1", "v1", "a" * 64, {}),
        current_code="a" * 64,
    )
    told = at_rest(params, found, False)
    assert told is not None
    assert told["action"] == "none"


SECRET = options(secrets={"TOKEN": "x"})


def keeping_secret(value: str) -> dict[str, t.Any]:
    """Of an instance with that value, where SECRET is wanted."""
    held, asked = (keyed(fingerprints({"TOKEN": v}), b"the host's key") for v in (value, "x"))
    return survey(of=InstanceSpec.from_options(SECRET, held), wanted_secrets=asked)


@pytest.mark.parametrize(
    ("params", "found"),
    [
        pytest.param(SECRET, keeping_secret("x"), id="secrets"),
        pytest.param(options(files=[FILE]), survey(files={"/etc/web": HostFile.from_options(FILE).digest}), id="files"),
    ],
)
def test_what_only_the_host_can_tell_is_in_the_survey(params: dict[str, t.Any], found: dict[str, t.Any]) -> None:
    told = at_rest(params, found, False)
    assert told is not None
    assert told["action"] == "none"


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({**options(), "survey": None}, id="the instance could not be looked at"),
        pytest.param({**options(), "survey": survey(current=None)}, id="there is no container"),
        pytest.param({**options(drain="5s", container={"command": "x"}), "survey": AS_WANTED}, id="another command"),
        pytest.param({**options(registrations=[]), "survey": AS_WANTED}, id="a registration too many"),
        pytest.param({**options(), "survey": survey("disk")}, id="maintenance of somebody else, which is a warning"),
        pytest.param({**options(), "survey": survey(node_maintenance="disk")}, id="maintenance of the node"),
        pytest.param({**options(), "survey": survey(lost_secrets=["/run/key"])}, id="a lost secret"),
        pytest.param({**options(problems=["wrong"]), "survey": AS_WANTED}, id="a service file that can't be rendered"),
        pytest.param({**options(secrets={"TOKEN": "x"}), "survey": AS_WANTED}, id="a secret nobody asked about"),
        pytest.param({**SECRET, "survey": keeping_secret("other")}, id="another secret"),
        pytest.param({**options(), "survey": keeping_secret("x")}, id="a secret that is wanted no more"),
        pytest.param({**options(code={}, code_release=CODE), "survey": AS_WANTED}, id="code of which nothing is known"),
        pytest.param({**options(files=[FILE]), "survey": AS_WANTED}, id="a file of which nothing is known"),
        pytest.param({**options(files=[FILE]), "survey": survey(files={"/etc/web": "other"})}, id="another file"),
        pytest.param(
            {**options(gate={"timeout": "15s", "stable_for": "10s"}), "survey": AS_WANTED}, id="times that cannot work"
        ),
    ],
)
def test_the_host_is_asked(params: dict[str, t.Any]) -> None:
    assert at_rest(params, params["survey"], False) is None
