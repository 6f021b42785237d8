# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What instances on one host must not share."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._siblings import shared_by

Wanted = dict[str, t.Any]


def wanted(port: int, **more: t.Any) -> Wanted:
    return {"registrations": [{"name": "web", "port": port}], **more}


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        pytest.param(wanted(80), wanted(81), "", id="ports of their own"),
        pytest.param(wanted(80), wanted(80), "(or service_port): port 80 is that of web-1 and of web-2", id="a port"),
        pytest.param(
            wanted(80, container={"network": "web"}), wanted(80, container={"network": "web"}), "", id="own networks"
        ),
        pytest.param(
            {"container": {"network": "web", "ports": {"80/tcp": 8080}}},
            {"container": {"network": "web", "ports": {"80/tcp": 8080}}},
            "service_container.ports: port 8080 is that of web-1",
            id="a published port",
        ),
        pytest.param(
            {"registrations": [{"id": "web"}]}, {"registrations": [{"id": "web"}]}, "service_registrations.id", id="ID"
        ),
        pytest.param(
            {"code": {"path": "/srv/x"}}, {"code": {"path": "/srv/x"}}, "service_code.path: /srv/x", id="code"
        ),
        pytest.param(
            {"files": [{"path": "/etc/web"}]},
            {"files": [{"path": "/etc/web"}]},
            "service_files.path: /etc/web",
            id="file",
        ),
        pytest.param(
            {"sidecars": {"nginx": {"files": [{"path": "/srv/x"}]}}},
            {"sidecars": {"nginx": {"files": [{"path": "/srv/x"}]}}},
            "service_sidecars.nginx.files: /srv/x",
            id="a file of a sidecar",
        ),
        pytest.param(
            {"sidecars": {"nginx": {"container": {"ports": {"80/tcp": 80}}}}},
            {"sidecars": {"nginx": {"container": {"ports": {"80/tcp": 80}}}}},
            "service_sidecars.nginx.container.ports: port 80 is that of web-1",
            id="a port that a sidecar publishes",
        ),
        pytest.param({"problems": ["a"]}, {"problems": ["a"]}, "", id="what could not be rendered"),
    ],
)
def test_shared(one: Wanted, other: Wanted, says: str) -> None:
    told = shared_by({"web-1": one, "web-2": other})
    assert set(told) == ({"web-2"} if says else set())
    assert not says or says in told["web-2"][0]
