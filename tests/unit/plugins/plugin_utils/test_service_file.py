# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.parsing.vault import EncryptedString

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import (
    ServiceFile,
    folder_of,
    literal_secrets,
    path_of,
    schema,
    with_defaults,
)

SPEC = schema()
IMAGE = {"context": "images/web"}
FILE = Path("/fleet/services/web.yml")


def problems(**data: t.Any) -> list[str]:
    """Return the problems of a file, without its name."""
    found = ServiceFile("web", FILE, {"service_image": IMAGE, **data}).problems(SPEC)
    assert all(problem.startswith(f"{FILE}: ") for problem in found)
    return [problem.removeprefix(f"{FILE}: ") for problem in found]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({}, id="an image is enough"),
        pytest.param({"service_image": {"from": "registry/web:1"}}, id="image of a registry"),
        pytest.param({"service_image": "{{ image_of_web }}"}, id="image by a template"),
        pytest.param({"service_image": {"context": "{{ context }}"}}, id="context by a template"),
        pytest.param({"web_port": 80, "heap": None}, id="variables of the user's own"),
        pytest.param({"service_config": ["common", "web"]}, id="list of texts"),
        pytest.param({"service_config": "common"}, id="one text for a list of texts"),
        pytest.param({"service_container": {"environment": {"A": "{{ a }}"}}}, id="options by templates"),
        pytest.param({"service_registrations": [{"name": "web", "port": "{{ port }}"}]}, id="registrations"),
        pytest.param({"service_registrations": "{% if a %}{{ b }}{% endif %}"}, id="statement of a template"),
        pytest.param({"service_directories": [{"path": "/srv/web", "owner": "{{ uid }}"}]}, id="directories"),
        pytest.param({"service_gate": {"timeout": 30, "stable_for": 0.5}}, id="durations as numbers"),
        pytest.param({"service_rollout": {"batch": [1, "25%"], "max_failures": 1}}, id="rollout"),
        pytest.param({"service_rollout": {"batch": True}}, id="a raw value is judged elsewhere"),
    ],
)
def test_right(data: dict[str, t.Any]) -> None:
    assert problems(**data) == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            {"service_contaner": {}},
            ["service_contaner: there is no such key; did you mean service_container?"],
            id="typo",
        ),
        pytest.param(
            {"service_gate": {"timout": "5m"}},
            ["service_gate.timout: there is no such key; did you mean timeout?"],
            id="typo below",
        ),
        pytest.param(
            {"service_directories": [{"path": "/a"}, {"path": "/b", "onwer": 1}]},
            ["service_directories[1].onwer: there is no such key; did you mean owner?"],
            id="typo in a list",
        ),
        pytest.param(
            {"service_directories": [{"owner": 1}]},
            ["service_directories[0].path: is missing, and has no default"],
            id="required",
        ),
        pytest.param({"service_config": {"a": 1}}, ["service_config: expected a list, got {'a': 1}"], id="no list"),
        pytest.param({"service_config": [["a"]]}, ["service_config[0]: expected text, got ['a']"], id="no text"),
        pytest.param(
            {"service_registrations": "web"},
            ["service_registrations: expected a list, got 'web'"],
            id="text for mappings",
        ),
        pytest.param(
            {"service_registrations": ["web"]},
            ["service_registrations[0]: expected a mapping, got 'web'"],
            id="no mapping",
        ),
        pytest.param(
            {"service_container": []}, ["service_container: expected a mapping, got []"], id="list for a mapping"
        ),
        pytest.param({"service_hosts": True}, ["service_hosts: expected text, got True"], id="boolean for a text"),
        pytest.param(
            {"service_rollout": {"keep": "two"}},
            ["service_rollout.keep: expected a number, got 'two'"],
            id="text for a number",
        ),
        pytest.param(
            {"service_port": "8001"},
            [
                "service_port: expected a number, got '8001'; write it without quotes, and after -e as JSON:"
                " -e '{\"service_port\": 8001}'"
            ],
            id="digits for a number, as -e key=value gives them",
        ),
        pytest.param(
            {"service_rollout": {"keep": True}},
            ["service_rollout.keep: expected a number, got True"],
            id="boolean for a number",
        ),
        pytest.param(
            {"service_rollout": {"confirm": "maybe"}},
            ["service_rollout.confirm: expected true or false, got 'maybe'"],
            id="text for a boolean",
        ),
        pytest.param(
            {"service_rollout": {"on_failure": "panic"}},
            ["service_rollout.on_failure: expected stop or rollback, got 'panic'"],
            id="no choice",
        ),
        pytest.param(
            {"service_registrations": None},
            ["service_registrations: is empty; give it a value or remove it"],
            id="empty",
        ),
        pytest.param(
            {
                "service_registrations": [
                    {"port": 80},
                    {"name": "admin", "checks": [{"ttl": "9s"}, {"htp": "http://a/"}]},
                ]
            },
            ["service_registrations[1].checks[1].htp: there is no such key; did you mean http?"],
            id="check of a registration",
        ),
        pytest.param(
            {"service_registrations": [{"port": "{{ port }}", "tags": "ssd"}]}, [], id="registration with templates"
        ),
        pytest.param(
            {"service_gate": {"timeout": None}},
            ["service_gate.timeout: is empty; give it a value or remove it"],
            id="empty below",
        ),
        pytest.param(
            {"service_image": {"name": "web"}},
            ["service_image: says neither which context to build nor which image to take from a registry"],
            id="no image",
        ),
        pytest.param(
            {"service_image": {"name": "web", "contxt": "."}},
            ["service_image.contxt: there is no such key; did you mean context?"],
            id="no image because of a typo",
        ),
        pytest.param(
            {"service_zzz": 1, "service_gate": 5, "service_hosts": []},
            [
                "service_gate: expected a mapping, got 5",
                "service_hosts: expected text, got []",
                "service_zzz: there is no such key; ...",
            ],
            id="all at once",
        ),
    ],
)
def test_wrong(data: dict[str, t.Any], expected: list[str]) -> None:
    found = problems(**data)
    assert len(found) == len(expected)
    for problem, beginning in zip(found, expected, strict=True):
        assert problem == beginning or (beginning.endswith("...") and problem.startswith(beginning[:-3]))


def test_file_without_an_image() -> None:
    assert "says neither" in ServiceFile("web", FILE, {}).problems(SPEC)[0]


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    (tmp_path / "services").mkdir()
    (tmp_path / "services/web.yml").touch()
    (tmp_path / "services/db.yml").touch()
    (tmp_path / "services/README.md").touch()
    (tmp_path / "hosts.yml").touch()
    return tmp_path


def test_folder_of_the_inventory(fleet: Path) -> None:
    assert folder_of([str(fleet / "hosts.yml")], str(fleet)) == fleet


def test_folder_as_inventory_is_refused_with_the_right_call(fleet: Path) -> None:
    with pytest.raises(Failure) as failure:
        folder_of([str(fleet)], str(fleet))
    assert str(failure.value) == (
        f"-i {fleet} is a folder, and its services would be read as inventory. Give the file: -i {fleet}/hosts.yml"
    )


@pytest.mark.parametrize("inventory", [None, "/nowhere"])
def test_inventory_without_services(inventory: str | None) -> None:
    with pytest.raises(Failure) as failure:
        folder_of(["localhost,"], inventory)
    assert str(failure.value) == (
        f"There is no folder services/ in {inventory or 'the folder of the inventory'}. Give -i the hosts.yml of a"
        " fleet, or set fleet_folder to the folder of services/, relative to the inventory's."
    )


def test_path(fleet: Path) -> None:
    assert path_of("web", fleet) == fleet / "services/web.yml"


@pytest.mark.parametrize(
    ("service", "message"),
    [
        pytest.param(None, "Say which service: -e service=NAME. There are: db, web", id="none given"),
        pytest.param("", "Say which service: -e service=NAME. There are: db, web", id="empty"),
        pytest.param("wbe", "There is no service wbe in {0}/services. There are: db, web", id="unknown"),
        pytest.param("../hosts", "There is no service ../hosts in {0}/services. There are: db, web", id="elsewhere"),
    ],
)
def test_no_such_service_lists_those_that_exist(fleet: Path, service: str | None, message: str) -> None:
    with pytest.raises(Failure) as failure:
        path_of(service, fleet)
    assert str(failure.value) == message.format(fleet)


def test_no_service_at_all(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    with pytest.raises(Failure, match=r"There are: none: write .*/services/NAME\.yml$"):
        path_of("web", tmp_path)


@pytest.mark.parametrize(
    ("value", "batch"),
    [
        pytest.param(None, 1, id="nothing"),
        pytest.param({}, 1, id="empty"),
        pytest.param({"batch": "25%"}, "25%", id="given"),
    ],
)
def test_defaults(value: dict[str, t.Any] | None, batch: t.Any) -> None:
    assert with_defaults(value, SPEC["service_rollout"]) == {
        "batch": batch,
        "order": {},
        "pause": "0s",
        "cold_start": "batches",
        "confirm": False,
        "max_failures": 0,
        "max_unreachable": 0,
        "on_failure": "stop",
        "start_first": False,
        "shared": [],
        "watch": "0s",
        "lock_wait": "0s",
        "keep": 5,
        "pulls": 0,
        "drain": "10s",
    }


@pytest.mark.parametrize("value", ["{{ vault_key }}", "{% if a %}{{ b }}{% endif %}", EncryptedString(ciphertext="")])
def test_secrets_that_only_refer_to_their_value(value: t.Any) -> None:
    assert list(literal_secrets({"service_secrets": {"KEY": value}, "fleet_key": value, "other": "x"})) == []


@pytest.mark.parametrize("value", ["swordfish", 1234, True])
def test_secrets_in_plain_text_are_refused_without_being_told(value: t.Any) -> None:
    (said,) = literal_secrets({"service_secrets": {"KEY": value}})
    assert said.startswith("service_secrets.KEY: the value stands in the file")
    assert str(value) not in said


@pytest.mark.parametrize("name", ["fleet_key", "consul_token", "ansible_become_password", "ansible_ssh_pass"])
def test_credentials_of_ansible_and_longshore_are_secrets_too(name: str) -> None:
    (said,) = literal_secrets({name: "swordfish"})
    assert said.startswith(f"{name}: the value stands in the file")
    assert "swordfish" not in said
