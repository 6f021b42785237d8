# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads all layers of a service's configuration, all of one moment."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration import (
    Config,
    ConfigQuery,
    Layer,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv import Entry
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.node import Node


class Trees(t.Protocol):
    """Where layers are read: Consul's KV, or a release that has kept them."""

    def get_trees(self, paths: t.Sequence[str]) -> list[list[dict[str, t.Any]]]:
        """Return for each path the keys that begin with it, as ``GET /v1/kv`` has them."""


def read_config(consul: Trees, query: ConfigQuery, node: Node) -> Config:
    """Return the configuration, by one request for 64 layers; the slashes keep those out that only begin alike."""
    layers = query.layers(node)
    entries: dict[str, list[Entry]] = {path: [] for path in layers.values()}
    trees = consul.get_trees([f"{path}/" for path in entries])
    for path, answer in zip(entries, trees):
        entries[path] = [Entry.from_api(entry) for entry in answer]
    return Config.from_layers(Layer.from_entries(name, path, entries[path]) for name, path in layers.items())
