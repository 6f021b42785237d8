# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units of systemd on this host."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.commands import run_within

# Seconds that systemctl may take.
ANSWER = 20


def idle_units(units: t.Sequence[str]) -> list[str]:
    """Return those of the units that do not run, or would not after a boot."""
    command = ("systemctl", "show", "--property=ActiveState,UnitFileState", "--", *units)
    try:
        output = run_within(command, {**os.environ, "LC_ALL": "C"}, ANSWER)[1]
    except FileNotFoundError:
        return list(units)
    states = [set(block.splitlines()) for block in output.strip().split("\n\n")]
    runs = {"ActiveState=active", "UnitFileState=enabled"}
    return [unit for unit, state in zip(units, states) if not runs <= state]
