# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.history import noted_nodes
from tests.unit.consul_model import ConsulModel

KEYS = Keys("longshore", "web")


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
    consul = ConsulModel({f"{KEYS.root}/nodes/{key}": note for key, note in notes.items()})
    assert noted_nodes(t.cast(t.Any, consul), KEYS) == nodes
