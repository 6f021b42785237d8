# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registered_service import (
    RegisteredService,
    check_to_ask_by,
)


@pytest.mark.parametrize(
    ("kept", "token"),
    [
        pytest.param({"Token": "swordfish"}, "swordfish", id="with a token"),
        pytest.param({"Token": ""}, "", id="without"),
        pytest.param({"Token": None}, "", id="null"),
        pytest.param({}, "", id="of an agent that writes none"),
    ],
)
def test_what_an_agent_keeps(kept: dict[str, t.Any], token: str) -> None:
    service = RegisteredService.from_disk({**kept, "Service": {"ID": "web-1", "Service": "web"}, "Source": "local"})
    assert (service.identity, service.name, service.token) == ("web-1", "web", token)
    assert "swordfish" not in repr(service)


@pytest.mark.parametrize(
    ("checks", "found"),
    [
        pytest.param([("web:http", "web", "http")], "web:http", id="one that probes"),
        pytest.param([("web:ttl", "web", "ttl")], None, id="a TTL would be passed by it"),
        pytest.param([("b", "web", "tcp"), ("a", "web", "http")], "a", id="of several always the same"),
        pytest.param([("other", "other", "http")], None, id="another service's"),
        pytest.param(
            [("_service_maintenance:web", "web", "maintenance")], "_service_maintenance:web", id="maintenance"
        ),
        pytest.param([], None, id="none"),
    ],
)
def test_the_check_to_ask_by(checks: list[tuple[str, str, str]], found: str | None) -> None:
    known = [{"CheckID": check, "ServiceID": service, "Type": kind} for check, service, kind in checks]
    assert check_to_ask_by(known, "web") == found
