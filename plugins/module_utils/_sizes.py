# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes as Docker writes them: ``512m``, ``1g``, or bytes."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Where it is missing, the module has said so before any size is read.
with contextlib.suppress(ImportError):
    from docker import utils
    from docker.errors import DockerException


def parse_bytes(size: t.Any, where: str) -> int:
    """Return the bytes of a size in Docker's notation (``512m``); ``where`` names the option in the error."""
    try:
        return int(utils.parse_bytes(size))
    except (AttributeError, LookupError, TypeError, ValueError, DockerException) as error:
        raise Failure(
            f"{where}: {size!r} is not a valid size; write bytes, or a number with b, k, m or g such as 512m"
        ) from error
