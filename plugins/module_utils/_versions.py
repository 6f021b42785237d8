# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oldest versions of what our modules import. An older one fails in ways that look like something else."""

from __future__ import annotations

import re
import sys

# As README.md says. An older Docker SDK does not work with requests 2.32: every engine looks as if it were down.
MINIMUM = {"docker": "7.1.0", "dnspython": "2.9.2", "py-consul": "1.8.0"}


def outdated(package: str, version: str) -> str | None:
    """Return why a package of this version cannot be used, or None."""
    minimum = MINIMUM[package]
    if _numbers(version) >= _numbers(minimum):
        return None
    return f"The Python package {package} of {sys.executable} is {version}; {minimum} or newer is needed."


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
