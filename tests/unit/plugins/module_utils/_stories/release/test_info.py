# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.info import read_services

NOTE = b'{"release": "r-1", "action": "replace", "when": "then", "result": "done"}'


class Kv:
    """The KV's keys below one service, as an answer of Consul has them."""

    def __init__(self, path: str, value: bytes) -> None:
        pairs = [("nodes/n2/web", NOTE), (path, value)]
        self.entries = [
            {"Key": f"longshore/services/web/{p}", "Value": base64.b64encode(v).decode(), "CreateIndex": 1, "Flags": 0}
            for p, v in pairs
        ]

    def get_trees(self, _paths: t.Any) -> t.Any:
        return [self.entries]

    def get(self, _path: str, _params: t.Any = ()) -> t.Any:
        return self.entries


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
        pytest.param("releases/r-1", b"[" * 100000, id="record"),
    ],
)
def test_a_key_that_somebody_has_spoilt_is_told_and_hides_no_other(path: str, value: bytes) -> None:
    told = read_services(t.cast("t.Any", Kv(path, value)), "longshore")["web"].told()
    assert len(told["problems"]) == 1
    key = f"longshore/services/web/{path}"
    assert key in told["problems"][0]
    assert f"consul kv delete {key}" in told["problems"][0]
    assert told["nodes"]["n2"]["web"]["result"] == "done"


def test_a_lock_that_somebody_has_spoilt_is_a_free_one() -> None:
    told = read_services(t.cast("t.Any", Kv("lock", b"[" * 100000)), "longshore")["web"].told()
    assert (told["problems"], told["lock"], told["session"]) == ([], "", "")
