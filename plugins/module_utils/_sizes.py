# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes as Docker writes them: ``512m``, ``1g``, or bytes."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.common.text.formatters import human_to_bytes

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# ansible-core knows larger units too, and their full names.
SIZE = re.compile(r"\s*\d+(\.\d+)?\s*(b|[kmg]b?)?\s*", re.IGNORECASE)


def parse_bytes(size: t.Any, where: str) -> int:
    """Return the bytes of a size in Docker's notation (``512m``); ``where`` names the option in the error."""
    if isinstance(size, int) or size == "-1":  # as Docker writes that there is no limit
        return int(size)
    if not SIZE.fullmatch(str(size)):
        raise Failure(f"{where}: {size!r} is not a valid size; write bytes, or a number with b, k, m or g such as 512m")
    return int(human_to_bytes(str(size).strip().upper()))  # in lower case it takes mb for bits
