# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run knows comes back from the facts as it was kept."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service, facts_of

ROLLBACK = Service(name="web", hosts="all", rollout={"batch": 1}, extra=["service_image"], release={"id": "r-1"})


@pytest.mark.parametrize(
    "service",
    [
        pytest.param(Service(), id="a play of a user's own"),
        pytest.param(ROLLBACK, id="a rollback"),
        pytest.param(Service(hosts=["node1"], instances={"node1": "web"}, speaker="node1"), id="a removal"),
    ],
)
def test_a_service_comes_back(service: Service) -> None:
    facts = json.loads(json.dumps({**service.to_facts(), "other": 1}))
    assert Service.from_facts(facts).to_facts() == service.to_facts()


@pytest.mark.parametrize(
    ("localhost", "facts"),
    [
        pytest.param({}, {}, id="nothing was kept"),
        pytest.param({"ansible_facts": {"a": 1}}, {"a": 1}, id="something was"),
    ],
)
def test_facts_of_localhost(localhost: dict[str, t.Any], facts: dict[str, t.Any]) -> None:
    assert facts_of({"hostvars": {"localhost": localhost}}) == facts
