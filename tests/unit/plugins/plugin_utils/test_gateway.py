# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``service_gateway`` comes to; wrong values are in data/wrong_inputs/service.yml."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._gateway import Gateway

TIMES = {"connect": 2000, "queue": 10000}
HTTP = tuple({**TIMES, "client": 60000, "server": 60000}.items())
TCP = tuple({**TIMES, "client": 3600000, "server": 3600000}.items())


@pytest.mark.parametrize(
    ("options", "gateway"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"http": {"names": ["App.example.com"]}}, Gateway(HTTP, names=("app.example.com",)), id="a name"),
        pytest.param({"http": {"names": "app"}}, Gateway(HTTP, names=("app",)), id="a name as a text"),
        pytest.param(
            {"http": {"names": ["app"], "path": "/api"}, "slots": 5, "maxconn": 9, "check": "/up"},
            Gateway(HTTP, names=("app",), path="/api", slots=5, maxconn=9, check="/up"),
            id="all of HTTP",
        ),
        pytest.param(
            {"http": {"names": ["app"], "path": "/api/"}}, Gateway(HTTP, names=("app",), path="/api"), id="a path's end"
        ),
        pytest.param({"tcp": {"listen": 5432}}, Gateway(TCP, listen=5432), id="a port"),
        pytest.param(
            {"tcp": {"listen": 3306, "write": "one"}, "registration": "db"},
            Gateway(TCP, listen=3306, write_one=True, registration="db", check="none"),
            id="one writer",
        ),
        pytest.param(
            {"tcp": {"listen": 1}, "timeouts": {"client": "1m30s", "server": 90, "queue": "500ms"}},
            Gateway((("connect", 2000), ("queue", 500), ("client", 90000), ("server", 90000)), listen=1),
            id="timeouts",
        ),
    ],
)
def test_what_a_file_says(options: dict[str, t.Any], gateway: Gateway | None) -> None:
    assert Gateway.from_options(options) == gateway
