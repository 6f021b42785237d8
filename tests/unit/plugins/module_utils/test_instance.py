# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong keys and types of what an instance is to be, each named by its path."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import checked_wanted


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        pytest.param(
            {"contaner": {}}, "unknown: wanted.contaner. Supported parameters include: code, container", id="a key"
        ),
        pytest.param({"gate": {"timout": "5m"}}, "wanted.gate.timout. Supported parameters include", id="a key inside"),
        pytest.param({"gate": {"before": [{"htp": "x"}]}}, "wanted.gate.before.htp. Supported", id="a key in a list"),
        pytest.param({"first_boot": {}}, "'first_boot' is of type dict found in 'wanted'", id="a mapping for a bool"),
        pytest.param({"directories": {}}, "'directories' is of type dict found in 'wanted'", id="a mapping for a list"),
        pytest.param({"files": ["a"]}, "'files' found in 'wanted' is of type str", id="a text for a mapping"),
        pytest.param({"files": [{"path": "/a"}]}, "content found in wanted -> files", id="a key is missing"),
        pytest.param({"code": {"owner": "me"}}, "'owner' is of type str found in 'wanted -> code'", id="not a number"),
        pytest.param(
            {"reload": {"verify": "some"}}, "'verify' is of type str found in 'wanted -> reload'", id="no bool"
        ),
        pytest.param({"reload": {"action": "x"}}, "must be one of: signal, restart, got: x", id="not a choice"),
        pytest.param({"problems": ["service_gate: a", "b"]}, "service_gate: a\nb", id="what could not be rendered"),
    ],
)
def test_wrong_values_are_refused_by_name(wanted: dict[str, t.Any], message: str) -> None:
    with pytest.raises(Failure, match=re.escape(message)):
        checked_wanted(wanted)


def test_what_is_not_given_has_its_default() -> None:
    checked = checked_wanted({"gate": {"timeout": "1m"}, "code": {}})
    assert (checked["gate"]["timeout"], checked["gate"]["stable_for"], checked["drain"]) == ("1m", "10s", "10s")
    assert (checked["code"]["mount"], checked["code"]["group"]) == ("/usr/src/app", None)
