# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import CODE
from ansible_collections.longshore.fleet.plugins.plugin_utils._secret_rendering import rendered_secrets
from ansible_collections.longshore.fleet.plugins.plugin_utils._wanted import (
    Naming,
    rendered_tasks,
    rendered_wanted,
)
from tests.unit.builders import SERVICE, trusted

ALONE, ONE_OF_TWO = Naming("web-1", "web-1"), Naming("web", "web-2", several=True)
DISCOVERED: dict[str, t.Any] = {
    "config": {"heap": "1g"},
    "config_prefixes": ["common", "web"],
    "peers": {"all": ["10.0.0.1:80"]},
    "peer_parts": {"all": [{"address": "10.0.0.1", "port": 80, "node": "node1"}]},
    "node": {"name": "node2", "address": "10.0.0.2"},
    "first_boot": True,
}


def wanted_of(discovered: dict[str, t.Any] | None = None, naming: Naming = ALONE, **service: t.Any) -> t.Any:
    """Return what a service file renders to."""
    variables = {"hostvars": {"localhost": {}}, **SERVICE, **trusted(service)}
    asked = {"skip_before": service["skip_before"]} if "skip_before" in service else {}
    templar = Templar(loader=DataLoader())
    _secrets, wrong = rendered_secrets(templar, variables)
    return rendered_wanted(templar, variables, discovered or DISCOVERED, naming, wrong, **asked)


def test_empty_service_file() -> None:
    assert wanted_of() == {
        "container": {},
        "container_without_peers": {},
        "directories": [],
        "registrations": [],
        "gate": {},
        "first_boot": True,
        "secrets_at_rest": "memory",
    }


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        pytest.param({}, ["timeout", "before", "after"], id="as a rule"),
        pytest.param({"skip_before": True}, ["timeout", "after"], id="skipped"),
        pytest.param({"skip_before": False}, ["timeout", "before", "after"], id="not skipped"),
    ],
)
def test_conditions_of_before_can_be_skipped(asked: dict[str, t.Any], names: list[str]) -> None:
    gate = {"timeout": "5m", "before": [{"command": ["true"]}], "after": [{"command": ["true"]}]}
    assert list(wanted_of(service_gate=gate, **asked)["gate"]) == names
    assert wanted_of(service_gate={}, **asked)["gate"] == {}


def test_everything_is_rendered_for_the_host() -> None:
    wanted = wanted_of(
        service_container={"environment": {"HEAP": "{{ config.heap }}"}, "hostname": "{{ instance }}"},
        service_directories=[{"path": "/srv/{{ instance }}"}],
        service_registrations=[{"name": "web", "address": "{{ node.address }}"}],
        service_gate={"timeout": "{{ minutes }}m"},
        service_rollout={"batch": "{{ never_asked }}", "drain": "{{ minutes }}m"},
        minutes=5,
        never_asked=1,
    )
    assert wanted == {
        "container": {"environment": {"HEAP": "1g"}, "hostname": "web-1"},
        "container_without_peers": {"environment": {"HEAP": "1g"}, "hostname": "web-1"},
        "directories": [{"path": "/srv/web-1"}],
        "registrations": [{"name": "web", "address": "10.0.0.2"}],
        "gate": {"timeout": "5m"},
        "drain": "5m",
        "first_boot": True,
        "secrets_at_rest": "memory",
    }


UP = {"http": "http://10.0.0.2:8000/up", "interval": "10s"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            {"service_port": "{{ base + 1 }}", "service_check": "{{ page }}", "base": 7999, "page": "/up"},
            {"registrations": [{"name": "web-1", "port": 8000, "checks": [UP]}]},
            id="by templates",
        ),
        pytest.param(
            {"service_port": 80, "service_registrations": [{"port": 80}]},
            {
                "problems": [
                    "service_port: is the short form of service_registrations, which a file or a variable gives"
                    " too; remove one of them"
                ]
            },
            id="beside the long form of a variable",
        ),
        pytest.param(
            {"service_port": "{{ config.port }}", "service_check": "/up"},
            {"problems": ["service_port: config.port is not set in Consul's KV; searched common, web"]},
            id="a port that is missing",
        ),
        pytest.param({"service_port": "{{ omit }}"}, {"registrations": []}, id="omitted"),
    ],
)
def test_the_short_form_is_expanded(given: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert expected.items() <= wanted_of(**given).items()


def test_hosts_get_all_of_the_code_that_is_theirs() -> None:
    theirs = {"path": "/srv/code", "mount": "/app", "owner": 33, "group": 33, "writable": True}
    assert theirs.keys() == CODE.keys()
    assert wanted_of(service_code={"repository": "web", "version": "main", **theirs})["code"] == theirs


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ peers.all | join(',') }}", id="peers"),
        pytest.param("{{ peer_parts.all | map(attribute='address') | join(',') }}", id="parts of peers"),
        pytest.param("{{ peers.all | length }}", id="their number"),
        pytest.param("{{ 'x' if peers.all | length < 2 else omit }}", id="an argument for those who have few"),
        pytest.param("{{ 'x' if first_boot else 'y' }}", id="first boot"),
        pytest.param("{{ first_boot | ternary('x', omit) }}", id="an argument of a first boot"),
    ],
)
def test_neither_peers_nor_first_boot_make_a_difference(template: str) -> None:
    later = {**DISCOVERED, "peers": {"all": ["10.0.0.8:80", "10.0.0.9:80"]}, "first_boot": False}
    later["peer_parts"] = {"all": [{"address": "10.0.0.8"}, {"address": "10.0.0.9"}]}
    now, then = (wanted_of(discovered, service_container={"command": [template]}) for discovered in (DISCOVERED, later))
    assert now["container"] != then["container"]
    assert now["container_without_peers"] == then["container_without_peers"]


@pytest.mark.parametrize("first_boot", [True, False])
def test_a_first_boot_is_told_though_only_a_file_knows_of_it(first_boot: bool) -> None:
    files = [{"path": "/etc/db.conf", "content": "{{ 'found' if first_boot else 'join' }}"}]
    wanted = wanted_of({**DISCOVERED, "first_boot": first_boot}, service_files=files)
    assert wanted["container"] == wanted["container_without_peers"]
    assert wanted.get("first_boot", False) is first_boot


MIGRATED = [{"name": "migrate", "command": ["migrate", "1g"], "timeout": "5m"}]


@pytest.mark.parametrize(
    ("facts", "once"),
    [
        pytest.param({}, MIGRATED, id="rollout"),
        pytest.param({"longshore_service": {"name": "web"}}, MIGRATED, id="of it"),
        pytest.param({"longshore_service": {"release": {"id": "1"}}}, None, id="a rollback repeats none"),
    ],
)
def test_hosts_get_the_programs_of_once_tasks(facts: dict[str, t.Any], once: t.Any) -> None:
    tasks = [{"name": "migrate", "command": ["migrate", "{{ config.heap }}"], "timeout": "5m"}]
    wanted = wanted_of(service_once=tasks, hostvars={"localhost": {"ansible_facts": facts}})
    assert wanted.get("once") == once


def test_once_tasks_are_rendered_for_the_host() -> None:
    tasks = [{"name": "migrate", "command": ["migrate", "{{ config.heap }}", "{{ instance }}"], "timeout": "5m"}]
    variables = {"hostvars": {"localhost": {}}, **SERVICE, "service_once": trusted(tasks)}
    rendered = rendered_tasks(Templar(loader=DataLoader()), variables, DISCOVERED, ALONE)
    assert rendered == [{"name": "migrate", "command": ["migrate", "1g", "web-1"], "timeout": "5m"}]


PAYLOAD = "{{ lookup('ansible.builtin.pipe', 'echo ran') }}"


@pytest.mark.parametrize(
    ("template", "found"),
    [
        pytest.param("{{ config.heap }}", {"config": {"heap": PAYLOAD}}, id="value of the KV"),
        pytest.param("{{ config.jvm.heap }}", {"config": {"jvm": {"heap": PAYLOAD}}}, id="deeper value"),
        pytest.param("{{ config.all | first }}", {"config": {"all": [PAYLOAD]}}, id="value in a list"),
        pytest.param("{{ config.keys() | first }}", {"config": {PAYLOAD: 1}}, id="key of the KV"),
        pytest.param("{{ node.name }}", {"node": {"name": PAYLOAD, "address": "10.0.0.2"}}, id="node's name"),
        pytest.param("{{ node.meta.rack }}", {"node": {"address": "", "meta": {"rack": PAYLOAD}}}, id="node's meta"),
        pytest.param("{{ peers.all | first }}", {"peers": {"all": [PAYLOAD]}}, id="peer"),
        pytest.param("{{ peer_parts.all[0].node }}", {"peer_parts": {"all": [{"node": PAYLOAD}]}}, id="peer's node"),
        pytest.param("{{ mine }}", {"config": {"heap": PAYLOAD}}, id="by way of a variable"),
    ],
)
def test_what_comes_from_consul_is_never_a_template(template: str, found: dict[str, t.Any]) -> None:
    wanted = wanted_of({**DISCOVERED, **found}, service_container={"hostname": template}, mine="{{ config.heap }}")
    assert wanted["container"] == {"hostname": PAYLOAD}


def test_problems_of_the_schema_stand_beside_those_of_the_templates() -> None:
    found = wanted_of({**DISCOVERED, "config_problems": ["wrong"]}, service_container={"hostname": "{{ config.nope }}"})
    assert found["problems"][0] == "wrong"
    assert "config.nope is not set" in found["problems"][1]
    assert wanted_of({**DISCOVERED, "config_problems": ["wrong"]}) == {"problems": ["wrong"]}


def test_registrations_see_the_real_peers() -> None:
    assert wanted_of(service_registrations=[{"meta": {"peers": "{{ peers.all | first }}"}}])["registrations"] == [
        {"meta": {"peers": "10.0.0.1:80"}}
    ]


def test_all_problems_and_nothing_else() -> None:
    result = wanted_of(
        service_container={"environment": {"A": "{{ config.a }}"}, "command": ["{{ peers.all[1] }}", "{{ nope }}"]},
        service_directories=[{"path": "{{ config.b }}"}],
        service_registrations=[{"port": "{{ config.c }}"}],
        service_gate={"timeout": "{{ config.d }}"},
    )
    searched = "is not set in Consul's KV; searched common, web"
    assert result == {
        "problems": [
            f"service_container.environment.A: config.a {searched}",
            "service_container.command[0]: object of type 'list' has no attribute 1",
            "service_container.command[1]: 'nope' is undefined; define it in the service file or the inventory",
            f"service_directories[0].path: config.b {searched}",
            f"service_registrations[0].port: config.c {searched}",
            f"service_gate.timeout: config.d {searched}",
        ]
    }


@pytest.mark.parametrize("name", sorted(SERVICE))
def test_what_is_omitted_as_a_whole_is_left_to_the_module(name: str) -> None:
    result = wanted_of(**{name: "{{ omit }}"})
    assert "problems" not in result
    assert None not in result.values()


def test_key_that_is_missing_as_a_whole_is_a_problem() -> None:
    assert wanted_of(service_rollout="{{ config.rollout }}")["problems"] == [
        "service_rollout: config.rollout is not set in Consul's KV; searched common, web"
    ]


def test_secrets_are_told_by_name_beside_the_other_problems_and_not_returned() -> None:
    assert "secrets" not in wanted_of(service_secrets={"A": "{{ password }}"}, password="hunter2")
    wrong = wanted_of(
        service_container={"command": ["{{ missing }}"]},
        service_secrets={"A": "{{ password }}", "B": "{{ nope }}"},
        password="hunter2",
    )
    defined = "is undefined; define it in the service file or the inventory"
    assert wrong == {
        "problems": [f"service_container.command[0]: 'missing' {defined}", f"service_secrets.B: 'nope' {defined}"]
    }


@pytest.mark.parametrize(
    ("service", "registrations"),
    [
        pytest.param({"service_port": 8001}, [("web", "web-2")], id="the short form"),
        pytest.param({"service_registrations": [{"name": "web", "port": 1}]}, [("web", "web-2")], id="its name"),
        pytest.param({"service_registrations": [{"port": 1}]}, [("web", "web-2")], id="no name"),
        pytest.param({"service_registrations": [{"name": "admin"}]}, [("admin", None)], id="another name"),
        pytest.param(
            {"service_registrations": [{"name": "web", "id": "{{ instance }}-x"}]}, [("web", "web-2-x")], id="an ID"
        ),
    ],
)
def test_one_of_several_is_registered_under_the_services_name(
    service: dict[str, t.Any], registrations: list[tuple[str, str | None]]
) -> None:
    told = wanted_of(naming=ONE_OF_TWO, **service)["registrations"]
    assert [(entry["name"], entry.get("id")) for entry in told] == registrations


def test_one_of_several_has_a_folder_of_its_own_for_the_code() -> None:
    assert wanted_of(naming=ONE_OF_TWO, service_code={"mount": "/app"})["code"]["path"] == "/srv/code/web-2"
    assert wanted_of(naming=ONE_OF_TWO, service_code={"path": "/srv/x"})["code"]["path"] == "/srv/x"
    assert "path" not in wanted_of(service_code={"mount": "/app"})["code"]


def test_planned_peers_and_several_instances_are_refused() -> None:
    peers = {"all": {"service": "web", "port": 80, "planned": True}}
    with pytest.raises(Failure, match=r"service_peers\.all\.planned: .* service_instances"):
        wanted_of(naming=ONE_OF_TWO, service_peers=peers)


def test_sidecars_are_rendered_with_and_without_their_peers() -> None:
    environment = {"PEERS": "{{ peers.all | join(',') }}", "HEAP": "{{ config.heap }}", "NAME": "{{ instance }}"}
    sidecar = {
        "image": {"from": "r/nginx:1"},
        "container": {"environment": environment},
        "ready": "test {{ instance }}",
    }
    found = wanted_of(service_sidecars={"nginx": sidecar, "bare": {"image": {}}})["sidecars"]
    assert found["bare"] == {"container_without_peers": None}
    assert found["nginx"]["ready"] == "test web-1"
    assert found["nginx"]["container"]["environment"] == {"PEERS": "10.0.0.1:80", "HEAP": "1g", "NAME": "web-1"}
    assert found["nginx"]["container_without_peers"]["environment"]["PEERS"] != "10.0.0.1:80"
    assert "image" not in found["nginx"]


def test_sidecars_that_cannot_be_rendered_are_told_with_their_path() -> None:
    wanted = wanted_of(service_sidecars={"nginx": {"container": {"environment": {"A": "{{ config.none }}"}}}})
    assert wanted["problems"][0].startswith("service_sidecars.nginx.container.environment.A: config.none is not set")
