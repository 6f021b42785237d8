# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's integration tests can't provoke: a token of Consul that may not see its own node."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.node import Node
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.discover import (
    first_boot_of,
    is_first_boot,
)
from tests.unit.consul_model import Hiding

NODE = Node("node1", "10.0.0.1", "dc1")


class Catalog(Hiding):
    """A Consul of which some paths are seen."""

    def __init__(self, *seen: str) -> None:
        self.seen = seen

    def get(self, path: str) -> list[t.Any]:
        return [{}] if path in self.seen else []


@pytest.mark.parametrize(
    ("seen", "first"),
    [
        pytest.param(["catalog/service/web", "catalog/node/node1"], False, id="there are instances"),
        pytest.param(["catalog/service/web"], False, id="there are instances, even if their nodes are hidden"),
        pytest.param(["catalog/service/web-admin", "catalog/node/node1"], False, id="by its second name"),
        pytest.param(["catalog/node/node1"], True, id="there are none"),
    ],
)
def test_first_boot(seen: list[str], first: bool) -> None:
    assert is_first_boot(Catalog(*seen), ["web", "web-admin"], NODE) is first


def test_blind_is_no_first_boot() -> None:
    with pytest.raises(Failure, match=r"no instance of web or web-admin, but not this node, node1, either"):
        is_first_boot(Catalog(), ["web", "web-admin"], NODE)


MARKER = {"node": "node2", "when": "2026-01-31T12:00:00Z", "release": "r-1"}
UNREADABLE = {"node": "", "when": "the marker cannot be read", "release": ""}


class Founded(Catalog):
    """A Consul that has the marker of a founding."""

    def __init__(self, marker: str, *seen: str) -> None:
        super().__init__("catalog/node/node1", *seen)
        self.marker = marker

    def get(self, path: str) -> list[t.Any]:
        if path != "kv/longshore/services/web/founded":
            return super().get(path)
        return [{"Key": path, "Value": base64.b64encode(self.marker.encode()).decode()}] if self.marker else []


@pytest.mark.parametrize(
    ("marker", "seen", "current", "found", "first_boot", "no_instances", "founded"),
    [
        pytest.param("", [], "", None, True, True, {}, id="never founded"),
        pytest.param("", [], "", True, True, True, {}, id="never founded, and chosen"),
        pytest.param("", [], "", False, False, True, {}, id="never founded, and another host is chosen"),
        pytest.param(json.dumps(MARKER), [], "", None, False, True, MARKER, id="removed since"),
        pytest.param(json.dumps(MARKER), [], "", True, True, True, MARKER, id="removed since, and chosen"),
        pytest.param(json.dumps(MARKER), [], "", False, False, True, MARKER, id="removed since, another is chosen"),
        pytest.param(
            json.dumps(MARKER), ["catalog/service/web"], "", True, False, False, MARKER, id="chosen, with instances"
        ),
        pytest.param(json.dumps(MARKER), [], "r-1", True, False, False, {}, id="chosen, with a release"),
        pytest.param("no JSON", [], "", None, False, True, UNREADABLE, id="a marker that nobody can read"),
        pytest.param("[]", [], "", None, False, True, UNREADABLE, id="a marker of another kind"),
    ],
)
def test_founded_once(
    marker: str,
    seen: list[str],
    current: str,
    found: bool | None,
    first_boot: bool,
    no_instances: bool,
    founded: dict[str, str],
) -> None:
    consul = t.cast(t.Any, Founded(marker, *seen))
    told = first_boot_of(consul, ["web"], NODE, Keys("longshore", "web"), current, found)
    assert told == {"first_boot": first_boot, "no_instances": no_instances, "founded": founded}
