# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.history import noted_nodes


class Kv:
    """The notes of a service's nodes, as an answer of Consul has them."""

    def __init__(self, notes: dict[str, bytes]) -> None:
        self.notes = notes

    def get(self, path: str, _params: t.Any = ()) -> t.Any:
        root = path.removeprefix("kv/")
        return [{"Key": root + key, "Value": base64.b64encode(note).decode()} for key, note in self.notes.items()]


@pytest.mark.parametrize(
    ("notes", "nodes"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"": b""}, [], id="a folder"),
        pytest.param({"n2/web": b'{"action": "none", "result": "done"}', "n1/web": b"{}"}, ["n1", "n2"], id="two"),
        pytest.param({"n1/web": b'{"action": "create", "result": "failed"}'}, [], id="a first launch that failed"),
        pytest.param({"n1/web": b'{"action": "create", "doing": "gate"}'}, ["n1"], id="one that was killed"),
        pytest.param({"n1/web": b'{"action": "replace", "result": "failed"}'}, ["n1"], id="a later one that failed"),
        pytest.param(
            {"n1/a": b'{"action": "create", "result": "failed"}', "n1/b": b"{}"}, ["n1"], id="one of two instances"
        ),
        pytest.param({"n1/web": b"\xff", "n2/web": b"[]"}, ["n1", "n2"], id="notes that somebody has spoilt"),
    ],
)
def test_nodes_that_have_an_instance_by_their_notes(notes: dict[str, bytes], nodes: list[str]) -> None:
    assert noted_nodes(t.cast("t.Any", Kv(notes)), Keys("longshore", "web")) == nodes
