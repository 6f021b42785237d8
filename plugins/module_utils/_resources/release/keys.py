# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where all that concerns one service lies in the KV."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path


@dataclass(frozen=True)
class Keys:
    """Where all that concerns one service lies in the KV."""

    prefix: str
    service: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefix", kv_path(self.prefix, "service_prefix"))

    @property
    def root(self) -> str:
        return f"{self.prefix}/services/{self.service}"

    @property
    def lock(self) -> str:
        """The deploy lock."""
        return f"{self.root}/lock"

    @property
    def current(self) -> str:
        """The ID of the current release: the last one whose rollout came to its end."""
        return f"{self.root}/current"

    @property
    def founded(self) -> str:
        """Where and when the first boot of the service came to its end; it stays when the service is removed."""
        return f"{self.root}/founded"

    @property
    def unfinished(self) -> str:
        """The ID of a release whose rollout has begun and not come to its end."""
        return f"{self.root}/unfinished"

    @property
    def releases(self) -> str:
        return f"{self.root}/releases/"

    def release(self, identity: str) -> str:
        return f"{self.releases}{identity}"

    def node(self, node: str, instance: str) -> str:
        """Return what one host runs, or is doing just now."""
        return f"{self.root}/nodes/{node}/{instance}"

    def drift(self, node: str, instance: str) -> str:
        """Return what one host could not mend of its instance."""
        return f"{self.root}/drift/{node}/{instance}"

    @property
    def drains(self) -> str:
        """Who has drained instances, brought them back, or broken the lock."""
        return f"{self.root}/drains"

    def once(self, identity: str, task: str = "") -> str:
        """Return the marker of a fleet-once task, or the folder of a release's markers."""
        return f"{self.root}/once/{identity}/{task}"
