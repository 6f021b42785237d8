# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host has of packages: in the virtual environment of the modules, and held back by dpkg."""

from __future__ import annotations

import glob
import importlib.util
import os
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.commands import run_within
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.observed import ObservedPackages

# Seconds that dpkg may take.
ANSWER = 20


def observe_packages(environment: str, held: t.Sequence[str]) -> ObservedPackages:
    """Return what the virtual environment has, and which packages that should be held are not."""
    can_make = all(importlib.util.find_spec(name) for name in ("ensurepip", "packaging"))
    return ObservedPackages(can_make, tuple(installed(environment)), tuple(unheld(held)))


def installed(environment: str) -> list[str]:
    """Return what the virtual environment has, as ``name==version``; nothing where it has no Python that runs."""
    if not os.access(f"{environment}/bin/python", os.X_OK):
        return []
    found = glob.glob(f"{environment}/lib/python*/site-packages/*.dist-info")
    names = [os.path.basename(path)[: -len(".dist-info")].rpartition("-") for path in found]
    return sorted(f"{name.lower().replace('_', '-')}=={version}" for name, _dash, version in names)


def unheld(packages: t.Sequence[str]) -> list[str]:
    """Return those of the packages that dpkg has and does not hold."""
    if not packages:
        return []
    command = ("dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Want}\n", *packages)
    try:
        output = run_within(command, {**os.environ, "LC_ALL": "C"}, ANSWER)[1]
    except FileNotFoundError:
        return []
    wants = [line.split() for line in output.splitlines() if not line.startswith("dpkg-query:")]
    return [name for name, want in wants if want != "hold"]
