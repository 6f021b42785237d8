# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.status import failing_of, state_of


@pytest.mark.parametrize(
    ("state", "name", "shown"),
    [
        pytest.param({}, "running", "running", id="no health check"),
        pytest.param({"Health": {"Status": "none"}}, "running", "running", id="a health check that is off"),
        pytest.param({"Health": {"Status": "unhealthy"}}, "running", "running (unhealthy)", id="unhealthy"),
        pytest.param({"Health": {"Status": "starting"}}, "running", "running (starting)", id="starting"),
        pytest.param({"Health": {"Status": "unhealthy"}}, "exited", "exited", id="does not run"),
    ],
)
def test_state(state: dict[str, t.Any], name: str, shown: str) -> None:
    assert state_of(state, name) == shown


def check(status: str, **more: str) -> dict[str, str]:
    return {"Status": status, "ServiceID": "web", **more}


@pytest.mark.parametrize(
    ("checks", "node", "told"),
    [
        pytest.param({"web:0": check("passing", Output="HTTP GET: 200 OK")}, None, [], id="passing"),
        pytest.param(
            {"web:0": check("critical", Output="HTTP GET: 503\nmore")},
            None,
            ["check web:0 is critical: HTTP GET: 503"],
            id="first line",
        ),
        pytest.param({"web:0": check("warning")}, None, ["check web:0 is warning: no output yet"], id="no output"),
        pytest.param(
            {"web:0": check("critical", Output="token s3cret was refused")},
            None,
            ["check web:0 is critical: token ******** was refused"],
            id="a secret in the output",
        ),
        pytest.param(
            {"web:0": check("critical", Output="x" * 191 + " s3cret was refused")},
            None,
            ["check web:0 is critical: " + "x" * 191 + " ********"],
            id="a secret at the end of what is shown",
        ),
        pytest.param(
            {"web:0": check("critical", Output="key first one of it\nsecond one of it was refused")},
            None,
            ["check web:0 is critical: key ******** was refused"],
            id="a secret of several lines",
        ),
        pytest.param(
            {"_service_maintenance:web": check("critical", Notes="disk")},
            None,
            ["web is in maintenance: disk"],
            id="maintenance",
        ),
        pytest.param(
            {"_service_maintenance:web": check("critical", Notes="")},
            "rack moves",
            ["the whole node is in maintenance: rack moves", "web is in maintenance: no reason given"],
            id="maintenance of the node",
        ),
    ],
)
def test_failing(checks: dict[str, dict[str, str]], node: str | None, told: list[str]) -> None:
    assert failing_of(checks, node, {"TOKEN": "s3cret", "/run/key": "first one of it\nsecond one of it"}) == told
