# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of Consul's KV that HTTP leaves as they are."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


def kv_path(path: str, where: str) -> str:
    """Return a path of the KV store without slashes around it; ``where`` names the option in the error."""
    stripped = path.strip("/") if isinstance(path, str) else ""
    if not all(is_segment(segment) for segment in stripped.split("/")):
        raise Failure(f"{where}: {path!r} is not a valid path in Consul's KV; write it like longshore/config/web")
    return stripped


def is_segment(name: t.Any) -> bool:
    """Tell whether a name can be a part of a path: HTTP would change paths with an empty part or dots alone."""
    return isinstance(name, str) and name not in ("", ".", "..") and "/" not in name
