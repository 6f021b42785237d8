# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._pruning import (
    STRANGER,
    Pruning,
    going_from,
    listed_lines,
    pruning_of,
    rows_of,
)

KEPT = [{"name": "kept"}]


def left(service: str, noted: bool = True, **more: t.Any) -> dict[str, t.Any]:
    return {
        "service": service,
        "instance": service,
        "noted": noted,
        "containers": [service],
        "images": ["busybox@1"],
        "volumes": [],
        **more,
    }


OLD, OTHER = left("old", volumes=["data"]), left("other", noted=False)
# A task that only finds is never changed; what would be done tells where something goes.
STEPS = ["drain and remove old"]
GATHERED: dict[str, dict[str, t.Any]] = {
    "node1": {"changed": False, "steps": STEPS, "left": [OTHER, OLD]},
    "node2": {"changed": False, "steps": STEPS, "left": [OLD]},
    "node3": {"changed": False, "steps": [], "left": []},
    "node4": {"unreachable": True, "msg": "no route"},
}


@pytest.mark.parametrize(
    ("run", "pruning"),
    [
        ({}, Pruning(KEPT)),
        ({"confirm": "true"}, Pruning(KEPT, confirmed=True)),
        ({"confirm": False, "volumes": True}, Pruning(KEPT, volumes=True)),
        ({"service": "old"}, Pruning(KEPT, service="old", confirmed=True)),
    ],
)
def test_what_a_run_is_about(run: dict[str, t.Any], pruning: Pruning) -> None:
    assert pruning_of(run, KEPT, "/fleet/services") == pruning


@pytest.mark.parametrize(
    ("run", "services", "said"),
    [
        ({"service": "kept"}, KEPT, "kept has a file, /fleet/services/kept.yml, so it is no leftover. remove.yml"),
        ({"service": "a/b"}, KEPT, "service: 'a/b' is not the name of a service"),
        ({"confirm": "perhaps"}, KEPT, "confirm: 'perhaps' is neither true nor false"),
        ({"confirm": True}, [], "There is no file in /fleet/services, so every service would be removed"),
    ],
)
def test_refused(run: dict[str, t.Any], services: list[dict[str, t.Any]], said: str) -> None:
    with pytest.raises(Failure) as failure:
        pruning_of(run, services, "/fleet/services")
    assert said in str(failure.value)


def test_rows_are_sorted_by_service_and_host() -> None:
    assert [(row["service"], row["host"], row["volumes"], row["note"]) for row in rows_of(GATHERED)] == [
        ("old", "node1", "data", ""),
        ("old", "node2", "data", ""),
        ("other", "node1", "", "not noted in this fleet's KV"),
    ]


@pytest.mark.parametrize(
    ("pruning", "hosts"),
    [
        (Pruning(), []),
        (Pruning(confirmed=True), ["node1", "node2"]),
        (Pruning(service="old", confirmed=True), ["node1", "node2"]),
    ],
)
def test_hosts_on_which_something_goes(pruning: Pruning, hosts: list[str]) -> None:
    assert going_from(pruning, GATHERED) == hosts


def test_a_service_that_nobody_has() -> None:
    with pytest.raises(Failure) as failure:
        going_from(Pruning(service="gone", confirmed=True), {host: GATHERED[host] for host in ("node3", "node4")})
    assert str(failure.value).splitlines() == [
        "No host within the limit has an instance of gone.",
        "node4: could not be asked, so what it has stays: no route",
    ]


@pytest.mark.parametrize(
    ("pruning", "last"),
    [
        pytest.param(
            Pruning(),
            [
                "node4: could not be asked, so what it has stays: no route",
                f"What is {STRANGER} may be another fleet's; it goes only by its name: -e service=NAME",
                "Nothing is removed. To remove all this: -e confirm=true; to remove one: -e service=NAME",
                "Volumes stay; with -e volumes=true they go as well.",
            ],
            id="listed",
        ),
        pytest.param(
            Pruning(service="old", volumes=True, confirmed=True),
            ["node4: could not be asked, so what it has stays: no route", "Volumes go as well."],
            id="one",
        ),
    ],
)
def test_what_is_listed(pruning: Pruning, last: list[str]) -> None:
    lines = listed_lines(pruning, GATHERED)
    assert lines[0].split() == ["SERVICE", "HOST", "INSTANCE", "CONTAINERS", "IMAGES", "VOLUMES", "NOTE"]
    assert lines[4:] == last


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        (["node3"], ["Every service that runs has a file."]),
        (
            ["node3", "node4"],
            [
                "Every service that runs on the hosts that could be asked has a file.",
                "node4: could not be asked, so what it has stays: no route",
            ],
        ),
    ],
)
def test_nothing_is_left(hosts: list[str], said: list[str]) -> None:
    assert listed_lines(Pruning(), {host: GATHERED[host] for host in hosts}) == said


def test_nobody_could_be_asked() -> None:
    with pytest.raises(Failure, match="No host could be asked"):
        listed_lines(Pruning(), {"node4": GATHERED["node4"]})
