# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leave.yml is asked for, from where it works, and what it knows of each service."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleError

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._departure import (
    Departure,
    departure_of,
    entry_of,
    places_of,
)

HOSTS = ["web1", "web2", "web3"]
PONG, AWAY = {"ping": "pong"}, {"unreachable": True, "msg": "No route to host"}


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ({"host": "web2"}, Departure("web2", asked=["web2", "web1", "web3"])),
        (
            {"host": "web2", "keep": "yes"},
            Departure("web2", keep=True, asked=["web2", "web1", "web3"]),
        ),
        ({"host": "web1", "dead": True}, Departure("web1", dead=True, asked=HOSTS)),
        ({"host": "web1", "reason": "new disk"}, Departure("web1", reason="new disk", asked=HOSTS)),
        (
            {"host": "web1", "service": "web", "instance": "web-2", "force": "true"},
            Departure("web1", service="web", instance="web-2", force=True, asked=HOSTS),
        ),
    ],
)
def test_a_run_says_which_host(run: dict[str, t.Any], expected: Departure) -> None:
    assert departure_of(run, HOSTS, HOSTS) == expected


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ({}, "Say which host: -e host=NAME"),
        ({"host": "web9"}, "the inventory has no host web9. There are: web1, web2, web3"),
        ({"host": "web1", "dead": True, "keep": True}, "a host that is gone can't be kept"),
        ({"host": "web1", "keep": "perhaps"}, "keep: 'perhaps' is neither true nor false"),
        ({"host": "web1", "reason": "two\nlines"}, "reason: has a control character"),
    ],
)
def test_a_run_that_says_it_wrongly_is_refused(run: dict[str, t.Any], message: str) -> None:
    with pytest.raises(Failure, match=message):
        departure_of(run, HOSTS, HOSTS)


@pytest.mark.parametrize(
    ("departure", "pings", "expected"),
    [
        ({}, [PONG, PONG, PONG], (["web1"], ["web2"])),
        ({}, [PONG, AWAY, PONG], (["web1"], ["web3"])),
        ({"keep": True}, [PONG, PONG, PONG], (["web1"], [])),
        ({"keep": True}, [PONG, AWAY, AWAY], (["web1"], [])),
        ({"dead": True}, [AWAY, PONG, PONG], ([], ["web2"])),
        ({"dead": True}, [AWAY, AWAY, PONG], ([], ["web3"])),
    ],
)
def test_it_works_on_the_host_and_from_one_that_answers(
    departure: dict[str, t.Any], pings: list[dict[str, t.Any]], expected: tuple[list[str], list[str]]
) -> None:
    assert places_of(Departure("web1", asked=HOSTS, **departure), dict(zip(HOSTS, pings, strict=True))) == expected


@pytest.mark.parametrize(
    ("dead", "pings", "message"),
    [
        (False, [AWAY, PONG, PONG], "web1 cannot be reached: No route to host(.|\n)*-e host=web1 -e dead=true"),
        (True, [PONG, PONG, PONG], "web1 can be reached, so it is not gone"),
        (True, [AWAY, AWAY, AWAY], "No other host can be reached(.|\n)*tried: web2, web3"),
    ],
)
def test_what_can_not_be_is_refused(dead: bool, pings: list[dict[str, t.Any]], message: str) -> None:
    with pytest.raises(Failure, match=message):
        places_of(Departure("web1", dead=dead, asked=HOSTS), dict(zip(HOSTS, pings, strict=True)))


class Files:
    """The service files, as far as one service needs them."""

    def __init__(self, data: t.Any) -> None:
        self.data = data

    def sources(self, _path: Path) -> t.Any:
        if isinstance(self.data, str):
            raise AnsibleError(self.data)
        return {}, self.data

    def hosts(self, _sources: t.Any) -> list[str]:
        return HOSTS

    def instances(self, path: Path, _host: str) -> list[str]:
        return [path.stem]

    def raw(self, key: str, sources: t.Any, _hosts: t.Any) -> t.Any:
        return sources[1].get(key)

    def value(self, key: str, sources: t.Any, hosts: t.Any) -> t.Any:
        return self.raw(key, sources, hosts)

    def rendered(self, value: t.Any) -> t.Any:
        return value


USUAL = {"name": "web", "drain": "10s", "lock_wait": "0s", "min_healthy": 0, "gate": {}}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, USUAL),
        ({"service_rollout": {"min_healthy": "50%", "drain": "1m"}}, {**USUAL, "min_healthy": 2, "drain": "1m"}),
        ({"service_rollout": {"min_healthy": 1, "lock_wait": "5m"}}, {**USUAL, "min_healthy": 1, "lock_wait": "5m"}),
        ({"service_prefix": "fleets/b/"}, {**USUAL, "prefix": "fleets/b"}),
        ({"service_gate": {"timeout": "1m", "before": [{}]}}, {**USUAL, "gate": {"timeout": "1m"}}),
    ],
)
def test_a_service_file_says_how_its_instances_go(data: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert entry_of(t.cast(t.Any, Files(data)), Path("web.yml"), "web1") == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("not valid YAML", "web.yml: how its instances may go cannot be told: not valid YAML"),
        ({"service_rollout": {"drained": "1m"}}, "service_rollout"),
        ({"service_rollout": {"min_healthy": "many"}}, "min_healthy"),
    ],
)
def test_a_file_that_can_not_tell_is_a_problem_of_its_service(data: t.Any, message: str) -> None:
    entry = entry_of(t.cast(t.Any, Files(data)), Path("web.yml"), "web1")
    assert entry["name"] == "web"
    assert message in entry["problem"]
