# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of the fleet key, which signs release records and never leaves the controller."""

from __future__ import annotations

import typing as t

FILE = "fleet.key"


def is_fleet_key(path: str) -> bool:
    """Tell whether a path is that of a fleet key, or of one that is just being made, in whatever folder."""
    name = path.rpartition("/")[2]
    return name == FILE or name.startswith(f".{FILE}.")


def without_fleet_keys(paths: t.Iterable[str]) -> tuple[set[str], list[str]]:
    """Return the paths without those of fleet keys, and these."""
    given = set(paths)
    keys = sorted(path for path in given if is_fleet_key(path))
    return given.difference(keys), keys


def left_out(paths: t.Iterable[str], where: str) -> list[str]:
    """Return a warning for fleet keys that lie where something is packed from; none where there are none."""
    listed = ", ".join(sorted(paths))
    return [f"{where}: {listed} is left out, as the fleet key never leaves the controller."] if listed else []
