# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every case of data/wrong_inputs/service.yml, and what YAML makes of values without quotes."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import ServiceFile, schema
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_values import near_misses
from ansible_collections.longshore.fleet.plugins.plugin_utils._yaml_numbers import changed_values

DATA = Path(__file__).parents[2] / "data/wrong_inputs/service.yml"
CASES = yaml.safe_load(DATA.read_text(encoding="utf-8"))
SPEC = schema()


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_refused_before_any_host_is_asked(case: dict[str, t.Any]) -> None:
    data = {"service_image": {"from": "web:1"}, **case["given"]}
    said = "\n".join(ServiceFile("web", Path("services/web.yml"), data).problems(SPEC))
    assert f"services/web.yml: {case['says']}" in said


@pytest.mark.parametrize(
    "given",
    [
        {"service_image": {"from": "registry.example.com:5000/team/web_app:1.2-rc.1"}},
        {"service_image": {"from": f"localhost/web@sha256:{'0' * 64}"}},
        {"service_image": {"from": "[::1]:5000/a--b/c__d"}},
        {"service_image": {"context": "/srv/web", "name": "docker.io/acme/web", "version": 1.5, "args": {"A": True}}},
        {
            "service_image": {"context": "a", "dockerfile": "docker/Dockerfile.web", "target": "x"},
            "service_registry": "",
        },
        {"service_registry": "registry.example.com/team"},
        {"service_registry": "127.0.0.1:5000"},
        {"service_code": {"repository": "git@git.example.com:web.git", "version": "v1.2", "path": "/srv/code/web"}},
        {"service_code": {"repository": "../web", "version": 1234567, "owner": 0, "group": 65534}},
        {"service_code": {"repository": "{{ where }}", "version": "{{ version }}", "mount": "{{ mount }}"}},
        {"service_gate": {"before": [{"http": "http://[::1]:80/", "method": "PUT", "status": 204, "timeout": 0}]}},
        {"service_gate": {"after": [{"http": "http://a_b.c/", "headers": {"X-A": 1}, "json": {"a.0": None}}]}},
        {
            "service_once": [
                {"name": "migrate_2.1", "command": "x", "timeout": "{{ t }}"},
                {"name": 5, "command": ["x"]},
            ]
        },
        {
            "service_files": [
                {"path": "/srv/a", "content": "x"},
                {"path": "/srv/ab", "content": "x", "owner": "{{ u }}"},
            ]
        },
        {"service_secrets": {"/run/a": "{{ a }}", "/run/ab": "{{ a }}", "TOKEN": "{{ a }}"}},
        {
            "service_registrations": [
                {"id": "web:1", "address": "web-1.example.com", "checks": [{"tcp": ":80", "interval": "5s"}]}
            ]
        },
        {
            "service_container": {
                "tmpfs": {"/run": "rw,noexec,size=64m,mode=1777"},
                "sysctls": {"net.core.somaxconn": 1},
            }
        },
        {
            "service_container": {
                "network_mode": "bridge",
                "ports": {"80/tcp": 80, "80/udp": 80, "81": ["::1", 81], "82": ["127.0.0.1", 81]},
            }
        },
        {"service_container": {"network_mode": "bridge", "ports": {"80": [["0.0.0.0", 80], ["::", 80]]}}},
        {"service_container": {"network_mode": "bridge", "ports": {"80": ["127.0.0.1", 80], "81": ["10.0.0.1", 80]}}},
        {
            "service_container": {
                "network_mode": "bridge",
                "ports": {"80": ["0.0.0.0", 80], "81": ["::1", 80], "82": None},
            }
        },
        {"service_container": {"log_config": {"type": "syslog", "config": {"syslog-address": "udp://a:514"}}}},
        {
            "service_container": {
                "log_config": {"config": {"max-size": "1.5mb", "max-file": "3", "labels-regex": "a.*"}}
            }
        },
    ],
    ids=str,
)
def test_right(given: dict[str, t.Any]) -> None:
    data = {"service_image": {"from": "web:1"}, **given}
    assert ServiceFile("web", Path("services/web.yml"), data).problems(SPEC) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "a: {mode: 0644}", "a.mode: YAML reads 0644 without quotes as 420; write '0644' or 420", id="mode"
        ),
        pytest.param("a: [1.10]", "a[0]: YAML reads 1.10 without quotes as 1.1; write '1.10' or 1.1", id="version"),
        pytest.param("a: 1:30", "a: YAML reads 1:30 without quotes as 90; write '1:30' or 90", id="sexagesimal"),
        pytest.param("a: 1_000", "a: YAML reads 1_000 without quotes as 1000; write '1_000' or 1000", id="underscore"),
        pytest.param("a: 0x1F", "a: YAML reads 0x1F without quotes as 31; write '0x1F' or 31", id="hexadecimal"),
        pytest.param("a: {22:22}", "a: YAML reads 22:22 without quotes as 1342; write '22:22' or 1342", id="key"),
        pytest.param(
            "service_container: {environment: {A: yes, B: true}, privileged: yes}",
            "service_container.environment.A: YAML reads yes without quotes as true; write 'yes' or true",
            id="a word of the environment",
        ),
        pytest.param(
            "service_registrations: [{meta: {a: Off}}]",
            "service_registrations[0].meta.a: YAML reads Off without quotes as false; write 'Off' or false",
            id="a word of meta",
        ),
        pytest.param(
            "service_registrations: [{tags: [on]}]",
            "service_registrations[0].tags[0]: YAML reads on without quotes as true; write 'on' or true",
            id="a tag",
        ),
        pytest.param(
            "service_gate: {before: [{http: 'http://a/', headers: {A: No}}]}",
            "service_gate.before[0].headers.A: YAML reads No without quotes as false; write 'No' or false",
            id="a header",
        ),
        pytest.param(
            "service_container: {command: [git, config, True]}",
            "service_container.command[2]: YAML reads True without quotes as true; write 'True' or true",
            id="an argument",
        ),
        pytest.param("a: .inf", "a: YAML reads .inf without quotes as inf; write '.inf' or inf", id="infinity"),
    ],
)
def test_what_yaml_changes_is_told(text: str, said: str) -> None:
    assert list(changed_values(text)) == [said]


@pytest.mark.parametrize(
    "text",
    ["a: '0644'", "0644: a", "a: 1.5", "a: 12e4567", "a: 2024-01-01", "a: yes", "a: -3", "a: ", "a: &x 1\nb: *x", ""],
)
def test_what_yaml_leaves_as_it_is(text: str) -> None:
    assert list(changed_values(text)) == []


@pytest.mark.parametrize(
    ("key", "near"),
    [("servce_gate", "service_gate"), ("sevice_image", "service_image"), ("service-image", "service_image")],
)
def test_near_misses_are_a_warning(key: str, near: str) -> None:
    assert list(near_misses({key: 1}, SPEC)) == [
        f"{key} is a variable of your own, which Longshore does not read; did you mean {near}?"
    ]


@pytest.mark.parametrize("key", ["server_image", "web_port", "image", "service_image"])
def test_variables_of_the_users_own_are_no_near_misses(key: str) -> None:
    assert list(near_misses({key: 1}, SPEC)) == []
