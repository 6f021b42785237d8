# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options the modules get in each stage, from a host's variables and the rollout so far."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils import _host_stage
from ansible_collections.longshore.fleet.plugins.plugin_utils._host_stage import HostStage
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import Slot
from ansible_collections.longshore.fleet.plugins.plugin_utils._target import Target
from tests.unit.builders import SERVICE, trusted

IMAGE = {"reference": "web@sha256:1", "content": "c-1", "version": "v1"}
CODE = {"reference": "web-code@sha256:2", "content": "k-1", "version": "v2"}
NODE = {"name": "n1", "address": "10.0.0.1"}
FOUND: dict[str, t.Any] = {
    **{"config": {}, "config_prefixes": [], "peers": {}, "peer_parts": {}, "node": NODE, "first_boot": False}
}
FOUNDING = {**FOUND, "first_boot": True}
BEGUN = {"id": "r-2", "session": "s", "keep_images": ["a"], "image": IMAGE, "code": CODE}
VARIABLES: dict[str, t.Any] = {
    "service": "web",
    "inventory_hostname": "node1",
    "ansible_play_hosts_all": ["node1", "node2"],
    "ansible_play_batch": ["node1", "node2"],
    "group_names": ["all"],
    "service_prefix": "longshore",
    "service_config": [],
    "service_config_schema": {},
    "service_peers": {},
    **SERVICE,
    "__service_held": "",
    "__service_image": IMAGE,
    "__service_discovered": FOUND,
    "__service_begun": BEGUN,
}
FACTS: dict[str, t.Any] = {
    "longshore_service": {"hosts": "all", "rollout": {"drain": "5s"}, "instances": {"node1": ["web-2"]}},
    "longshore_rollout": {
        **{"hosts": ["node1", "node2"], "nodes": {"node1": "n1", "node2": "n2"}, "min_healthy": 1, "founder": "node2"}
    },
}
TARGET = Target(IMAGE, CODE, "r-2", "d")


def stage_of(facts: dict[str, t.Any] | None = None, slot: Slot | None = None, **variables: t.Any) -> HostStage:
    """Return the stage of node1; texts of variables are templates, as a file's loader marks them."""
    here = {
        **VARIABLES,
        **{name: trust_as_template(value) if isinstance(value, str) else value for name, value in variables.items()},
        "groups": {"all": ["node1", "node2"]},
        "hostvars": {"localhost": {"ansible_facts": {**FACTS, **(facts or {})}}, "node1": {}, "node2": {}},
    }
    return HostStage(Templar(loader=DataLoader(), variables=here), here, slot)


@pytest.mark.parametrize(
    ("variables", "options"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param({"consul_url": "http://{{ service }}"}, {"consul_url": "http://web"}, id="a template"),
        pytest.param({"consul_url": "{{ nowhere }}"}, {}, id="an undefined one is none"),
        pytest.param({"consul_tls": {"ca_file": "/ca"}}, {"consul_tls": {"ca_file": "/ca"}}, id="a mapping"),
        pytest.param({"consul_token": "{{ omit }}"}, {}, id="omitted"),
    ],
)
def test_options_from_variables_of_the_same_name(variables: dict[str, t.Any], options: dict[str, t.Any]) -> None:
    assert stage_of(**variables).given("consul_url", "consul_token", "consul_tls") == options


@pytest.fixture(autouse=True)
def _inventory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer for Ansible's inventory, of which a test has none."""
    monkeypatch.setattr(_host_stage, "hosts_of", lambda _pattern, variables: variables["groups"]["all"])


def test_a_variable_that_cannot_be_rendered_is_named() -> None:
    with pytest.raises(Failure, match="service_peers: 'nowhere' is undefined"):
        stage_of(service_peers="{{ nowhere }}").gathering(TARGET, ahead=True)


@pytest.mark.parametrize(
    ("ahead", "variables", "facts", "expected"),
    [
        pytest.param(True, {}, {}, {"survey": "web", "noted": True, "passing": True, "service": ["web"]}, id="ahead"),
        pytest.param(False, {}, {}, {"survey": None, "noted": False, "passing": False}, id="in its turn"),
        pytest.param(
            True, {"ansible_play_hosts_all": ["a", "b", "c", "node1"]}, {}, {"noted": False}, id="three hosts can tell"
        ),
        pytest.param(False, {}, {}, {"found": False}, id="another host founds the cluster"),
        pytest.param(True, {}, {}, {"found": None}, id="nobody was chosen to found it"),
        pytest.param(True, {}, {"longshore_run": {"found": "node1"}}, {"found": True}, id="this one was"),
        pytest.param(True, {}, {}, {"hosts": []}, id="without peers"),
        pytest.param(
            True, {"service_peers": {"all": {"service": "web"}}}, {}, {"hosts": ["node1", "node2"]}, id="with peers"
        ),
        pytest.param(
            True,
            {"service_registrations": [{"name": "a", "port": trust_as_template("{{ config.port }}")}, {"name": "b"}]},
            *({}, {"service": ["a", "b"]}),
            id="names of registrations, whose ports nobody knows yet",
        ),
        pytest.param(
            *(True, {"service_code": {"mount": "/app"}}, {}, {"code_path": "/srv/code/web"}),
            id="code in its usual place",
        ),
        pytest.param(True, {"service_code": {"path": "/x"}}, {}, {"code_path": "/x"}, id="code elsewhere"),
        pytest.param(True, {}, {}, {"code_path": None, "release": "r-2", "config_digest": "d"}, id="of a release"),
        pytest.param(
            True,
            {"service_secrets": {"A": "hunter2"}},
            {},
            {"secret_fingerprints": ["A"]},
            id="fingerprints",
        ),
    ],
)
def test_gathering(
    ahead: bool, variables: dict[str, t.Any], facts: dict[str, t.Any], expected: dict[str, t.Any]
) -> None:
    options = stage_of(facts, **variables).gathering(TARGET, ahead)
    found = {name: options.get(name) for name in expected}
    if "secret_fingerprints" in expected:
        assert "hunter2" not in str(options)
        found["secret_fingerprints"] = list(options["secret_fingerprints"])
    assert found == expected


def test_before_a_rollout_has_begun_there_is_no_release_to_ask_for() -> None:
    options = stage_of().gathering(Target(IMAGE, None), ahead=True)
    assert not {"release", "config_digest"} & options.keys()


@pytest.mark.parametrize(
    ("code", "given"),
    [pytest.param({}, None, id="no code"), pytest.param({"mount": "/app"}, CODE, id="code")],
)
def test_launching(code: dict[str, t.Any], given: dict[str, t.Any] | None) -> None:
    stage = stage_of(service_code=code, service_secrets={"A": "hunter2"}, docker_host="unix:///x")
    options = stage.launching(TARGET, FOUND, preflight=True)
    assert options.get("code") == given
    assert {"name": "web", "image": IMAGE, "secrets": {"A": "hunter2"}, "preflight": True}.items() <= options.items()
    assert options["docker_host"] == "unix:///x"
    assert "problems" not in options["wanted"]


def test_launching_with_a_port_for_each_of_two_containers() -> None:
    slot = Slot("node1", "web", {"service_port": 8080}, other={"service_port": 8090})
    stage = stage_of(
        slot=slot, service_container=trusted({"command": ["{{ service_port }}"]}), service_port=[8080, 8090]
    )
    options = stage.launching(TARGET, FOUND)
    sides = [options[name] for name in ("wanted", "alternate")]
    assert [side["container"]["command"] for side in sides] == [[8080], [8090]]
    assert [(e["id"], e["port"]) for s in sides for e in s["registrations"]] == [("web-8080", 8080), ("web-8090", 8090)]
    assert "alternate" not in stage.once(TARGET)


def test_secrets_are_rendered_once_and_what_is_wrong_with_them_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []

    def rendered_secrets(_templar: t.Any, _variables: t.Any) -> tuple[dict[str, t.Any], list[str]]:
        rendered.append("once")
        return {"A": "hunter2"}, ["service_secrets.B: 'nope' is undefined"]

    monkeypatch.setattr(_host_stage, "rendered_secrets", rendered_secrets)
    options = stage_of().launching(TARGET, FOUND)
    assert rendered == ["once"]
    assert options["wanted"] == {"problems": ["service_secrets.B: 'nope' is undefined"]}
    assert options["secrets"] == {"A": "hunter2"}


def test_the_turn_of_a_host() -> None:
    assert stage_of().turn("r-2") == {
        **{"id": "r-2", "session": "s", "prefix": "longshore", "min_healthy": 1},
        **{"batch": ["n1", "n2"], "keep_images": ["a"]},
    }


def test_a_preflight_under_the_lock_renews_it() -> None:
    assert stage_of().replanning() == {}
    held = stage_of(__service_held="{{ __service_begun.session }}").replanning()
    assert held == {"release": {"id": "", "session": "s", "prefix": "longshore"}}


TASKS = [{"name": "migrate", "command": "x"}]


@pytest.mark.parametrize(
    ("variables", "facts", "has"),
    [
        pytest.param({"service_once": TASKS}, {}, True, id="deploy"),
        pytest.param({}, {}, False, id="no tasks"),
        pytest.param({"service_once": TASKS}, {"longshore_service": {"release": {"id": "r-1"}}}, False, id="rollback"),
    ],
)
def test_once_tasks(variables: dict[str, t.Any], facts: dict[str, t.Any], has: bool) -> None:
    assert stage_of(facts, **variables).has_once_tasks() is has


@pytest.mark.parametrize(
    ("registered", "stopped"),
    [
        pytest.param({}, False, id="neither ran"),
        pytest.param({"__service_once": {"skipped": True}, "__service_paused": {"changed": False}}, False, id="well"),
        pytest.param({"__service_once": {"failed": True}}, True, id="a task of the fleet failed"),
        pytest.param({"__service_paused": {"unreachable": True}}, True, id="the host that paused is gone"),
    ],
)
def test_a_batch_is_stopped(registered: dict[str, t.Any], stopped: bool) -> None:
    assert stage_of(**registered).is_stopped() is stopped


@pytest.mark.parametrize(
    ("variables", "again"),
    [
        pytest.param({}, False, id="nothing of Consul"),
        pytest.param({"service_config": ["common"]}, True, id="configuration"),
        pytest.param({"service_peers": {"all": {"service": "web"}}}, True, id="peers"),
        pytest.param({"__service_discovered": FOUNDING}, False, id="a first boot, which changes nothing"),
        pytest.param(
            {"__service_discovered": FOUNDING, "service_container": {"command": trust_as_template("{{ first_boot }}")}},
            True,
            id="a first boot, which another host may be",
        ),
    ],
)
def test_its_turn_gathers_again(variables: dict[str, t.Any], again: bool) -> None:
    planned = {"action": "replace", "changes": [{"key": "image"}]}
    assert stage_of(__service_launched=planned, **variables).gathers_again() is again


@pytest.mark.parametrize(
    ("batch", "first_boot"),
    [pytest.param(["node1"], True, id="first batch"), pytest.param(["node2"], False, id="after it")],
)
def test_a_first_boot_is_over_after_the_first_batch(batch: list[str], first_boot: bool) -> None:
    stage = stage_of(ansible_play_batch=batch, __service_discovered=FOUNDING)
    assert stage.found_before() == {**FOUND, "first_boot": first_boot}


@pytest.mark.parametrize(("left", "watch"), [(30, "30.0s"), (-5, "1.0s")])
def test_all_hosts_are_watched_until_the_same_moment(left: float, watch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    gathered = {**FOUND, "config": {"heap": "2g"}}
    stage = stage_of(
        {"longshore_verdict": {"watch_until": 1000.0 + left}},
        service_container={"hostname": trust_as_template("{{ config.heap }}")},
        __service_launched={"gathered": gathered},
    )
    options = stage.watching(TARGET)
    assert (options["watch"], options["state"]) == (watch, "watched")
    assert options["wanted"]["container"] == {"hostname": "2g"}  # as it was launched


@pytest.mark.parametrize("check", [True, False])
def test_removing(check: bool) -> None:
    stage = stage_of(__service_lock={"session": "s"})
    assert stage.leaving() == ["web-2"]
    options = stage.removing("web-2", None if check else stage.removal_lock())
    assert (options["name"], options["service"], options["wanted"]) == ("web-2", "web", {"drain": "5s"})
    assert ("release" in options) is not check


@pytest.mark.parametrize(
    ("host", "run", "options"),
    [
        pytest.param("node1", {}, {"back_to": "previous"}, id="the release before"),
        pytest.param("node1", {"release": "r-1"}, {"back_to": "r-1"}, id="a release by its ID"),
        pytest.param("node5", {}, {}, id="others can tell"),
    ],
)
def test_three_hosts_are_asked_for_the_release_of_a_rollback(
    host: str, run: dict[str, t.Any], options: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = [f"node{number}" for number in range(1, 6)]
    monkeypatch.setattr(_host_stage, "hosts_of", lambda _pattern, _variables: hosts)
    service = {"name": "web", "prefix": "fleet"}
    stage = stage_of({"longshore_run": run, "longshore_service": service}, inventory_hostname=host)
    assert stage.recalling() == ({**service, **options} if options else {})
