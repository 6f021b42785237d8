# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of this run, whatever the run is limited to."""

from __future__ import annotations

import typing as t

from ansible.plugins.loader import lookup_loader


def hosts_of(pattern: t.Any, task_vars: dict[str, t.Any]) -> list[str]:
    """The hosts that a pattern matches, in their order."""
    return list(lookup_loader.get("ansible.builtin.inventory_hostnames").run([pattern], variables=task_vars))
