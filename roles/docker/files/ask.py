# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints as JSON what the role asks of this Python, of the virtual environment (first argument), and of packages.

The further arguments are names of packages; ``unheld`` are those of them that dpkg has and upgrades would change.
"""

from __future__ import annotations

import glob
import importlib.util
import json
import os
import subprocess
import sys


def installed(environment: str) -> list[str]:
    """Return what the virtual environment has, as ``name==version``; nothing where it has no Python that runs."""
    if not os.access(f"{environment}/bin/python", os.X_OK):
        return []
    found = glob.glob(f"{environment}/lib/python*/site-packages/*.dist-info")
    names = [os.path.basename(path)[: -len(".dist-info")].rpartition("-") for path in found]
    return sorted(f"{name.lower().replace('_', '-')}=={version}" for name, _dash, version in names)


def unheld(packages: list[str]) -> list[str]:
    """Return those of the packages that dpkg has and does not hold."""
    command = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Want}\n", *packages]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return []
    wants = [line.split() for line in done.stdout.splitlines()]
    return [name for name, want in wants if want != "hold"]


if __name__ == "__main__":
    can_make = all(importlib.util.find_spec(name) for name in ("ensurepip", "packaging"))
    answer = {
        "version": "{}.{}".format(*sys.version_info[:2]),
        "can_make": can_make,
        "installed": installed(sys.argv[1]),
        "unheld": unheld(sys.argv[2:]) if sys.argv[2:] else [],
    }
    sys.stdout.write(json.dumps(answer) + "\n")
