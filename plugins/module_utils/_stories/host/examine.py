# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host lacks for what is to run on it."""

from __future__ import annotations

import typing as t
from dataclasses import asdict

from ansible_collections.longshore.fleet.plugins.module_utils._clients.host_state import observe
from ansible_collections.longshore.fleet.plugins.module_utils._clients.packages import observe_packages
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.needs import findings
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.observed import Expected


def examine(expected: Expected, environment: str, held: t.Sequence[str]) -> dict[str, t.Any]:
    """Return what was found wanting, and what was seen; ``environment`` and ``held``: what the role docker brings."""
    host = observe()
    seen = asdict(host)
    seen["kernel"]["controllers"] = sorted(host.kernel.controllers)
    seen["listeners"] = [listener._asdict() for listener in host.listeners]
    return {
        "changed": False,
        "findings": [finding.to_result() for finding in findings(host, expected)],
        "host": seen,
        "packages": asdict(observe_packages(environment, held)),
    }
