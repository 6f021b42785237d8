# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's integration tests can't provoke: a token of Consul that may not see its own node."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.node import Node
from ansible_collections.longshore.fleet.plugins.module_utils.stories.discover import is_first_boot

NODE = Node("node1", "10.0.0.1", "dc1")


class Catalog:
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
