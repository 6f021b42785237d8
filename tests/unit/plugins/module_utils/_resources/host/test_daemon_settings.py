# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.daemon_settings import (
    Difference,
    as_text,
    difference,
    merged,
    parsed,
)

ROTATED = {"max-size": "10m", "max-file": "9"}


@pytest.mark.parametrize(
    ("there", "wanted", "after"),
    [
        ({}, {}, {}),
        ({"debug": True}, {}, {"debug": True}),
        ({"debug": True, "mtu": 1400}, {"debug": False}, {"debug": False, "mtu": 1400}),
        ({"debug": True, "mtu": 1400}, {"debug": None}, {"mtu": 1400}),
        ({}, {"debug": None}, {}),
        ({"registry-mirrors": ["a"]}, {"registry-mirrors": ["b"]}, {"registry-mirrors": ["b"]}),
        ({"features": {"buildkit": True}}, {"features": {"x": False}}, {"features": {"buildkit": True, "x": False}}),
        ({"features": {"buildkit": True}}, {"features": {"buildkit": None}}, {"features": {}}),
        ({"log-opts": {"tag": "x"}}, {"log-opts": ROTATED}, {"log-opts": {"tag": "x", **ROTATED}}),
        ({}, {"log-opts": {"max-file": 9, "compress": True}}, {"log-opts": {"max-file": "9", "compress": "true"}}),
        ({"log-opts": ROTATED}, {"log-opts": {"max-size": None}}, {"log-opts": {"max-file": "9"}}),
        # Options of logs belong to their driver.
        (
            {"log-driver": "journald", "log-opts": {"tag": "x"}},
            {"log-driver": "json-file", "log-opts": ROTATED},
            {"log-driver": "json-file", "log-opts": ROTATED},
        ),
        (
            {"log-opts": {"tag": "x"}},
            {"log-driver": "json-file"},
            {"log-driver": "json-file", "log-opts": {"tag": "x"}},
        ),
        ({"log-opts": ROTATED}, {"log-driver": "journald"}, {"log-driver": "journald"}),
        # A text where an object is wanted.
        ({"log-opts": "x"}, {"log-opts": ROTATED}, {"log-opts": ROTATED}),
    ],
)
def test_merged(there: dict[str, t.Any], wanted: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    before = parsed(as_text(there), "daemon.json")
    assert merged(there, wanted) == after
    assert there == before, "the settings that were given have changed"


@pytest.mark.parametrize(
    ("loaded", "wanted", "action", "expected"),
    [
        ({"mtu": 1400}, {"mtu": 1400}, "none", Difference()),
        ({}, {"live-restore": True}, "reload", Difference(reload=("live-restore",))),
        ({"labels": ["a"]}, {"labels": ["b"], "debug": True}, "reload", Difference(reload=("debug", "labels"))),
        ({}, {"mtu": 1400, "debug": True}, "restart", Difference(reload=("debug",), restart=("mtu",))),
        # A reload leaves a value as it is whose key is gone.
        ({"labels": ["a"]}, {}, "restart", Difference(restart=("labels",))),
        ({}, {"bip": "10.1.0.1/16"}, "restart", Difference(restart=("bip",), unrestorable=("bip",))),
        ({}, {"features": {"buildkit": True}}, "reload", Difference(reload=("features",))),
        ({"features": {"buildkit": True}}, {}, "restart", Difference(restart=("features",))),
        (
            {"features": {"buildkit": True}},
            {"features": {"buildkit": True, "containerd-snapshotter": True}},
            "restart",
            Difference(restart=("features",), unrestorable=("features",)),
        ),
    ],
)
def test_difference(loaded: dict[str, t.Any], wanted: dict[str, t.Any], action: str, expected: Difference) -> None:
    assert difference(loaded, wanted) == expected
    assert difference(loaded, wanted).action == action


@pytest.mark.parametrize(("text", "settings"), [("", {}), (" \n", {}), ("{}", {}), ('{"mtu": 1400}', {"mtu": 1400})])
def test_parsed(text: str, settings: dict[str, t.Any]) -> None:
    assert parsed(text, "daemon.json") == settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n  "mtu": 1400\n  "debug": true\n}', "daemon.json: line 3, column 3: Expecting ',' delimiter"),
        ("{debug: true}", "daemon.json: line 1, column 2: Expecting property name"),
        ("[]", "daemon.json: expected an object, such as {}, not []"),
    ],
)
def test_what_is_no_file_of_settings_is_refused(text: str, message: str) -> None:
    with pytest.raises(Failure) as failure:
        parsed(text, "daemon.json")
    assert str(failure.value).startswith(message)
