# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets go of the images of releases that are too old to go back to."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host


def prune(host: Host, reference: str, keep: t.Collection[str]) -> None:
    """Remove the images of the reference's repository that are not kept; without ``keep`` none.

    An image that a container uses stays, whosever container it is.
    """
    repository = reference.rpartition("@")[0]
    if not keep or not repository:
        return
    for pinned in host.docker.digests(repository):
        if pinned not in keep and pinned != reference:
            host.docker.remove_image(pinned)
