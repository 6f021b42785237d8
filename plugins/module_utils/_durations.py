# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations as Consul and Docker write them: ``10s``, ``1m30s``, ``500ms``."""

from __future__ import annotations

import math
import re

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def seconds(duration: str | int | float, where: str) -> float:
    """Return a duration in seconds; a bare number is seconds already.

    ``where`` names the option in the error, for example ``service_gate.timeout``.
    """
    if isinstance(duration, bool) or not isinstance(duration, (str, int, float)):
        raise Failure(f"{where}: {duration!r} is not a valid duration; write it like 30s or 1m30s")
    if isinstance(duration, (int, float)):
        if not 0 <= duration < math.inf:
            raise Failure(f"{where}: {duration!r} is not a valid duration; write it like 30s or 1m30s")
        return float(duration)
    text = duration.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise Failure(f"{where}: {duration!r} is not a valid duration; write it like 30s or 1m30s")
    return sum(float(number) * SECONDS[unit] for number, unit in parts)


def some_seconds(duration: str | int | float, where: str) -> float:
    """Return a duration as ``seconds`` has it, of more than nothing: what ends after no time can never be done."""
    found = seconds(duration, where)
    if not found:
        raise Failure(f"{where}: {duration!r} must be longer than 0; write it like 30s or 1m30s")
    return found
