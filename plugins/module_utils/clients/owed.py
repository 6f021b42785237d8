# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A note on the host that an instance was taken out under its gate's conditions, and that ``after`` is still to hold.

It outlives a launch that is killed in between, so that the next one ends what ``before`` has brought about.
"""

from __future__ import annotations

import contextlib
import os

from ansible_collections.longshore.fleet.plugins.module_utils.clients import secrets


def is_owed(instance: str) -> bool:
    """Whether ``after`` is still to hold."""
    return os.path.exists(_note(instance))


def owe(instance: str) -> None:
    """From now on it is."""
    os.makedirs(os.path.dirname(_note(instance)), mode=0o700, exist_ok=True)
    with open(_note(instance), "w", encoding="utf-8"):
        pass


def settle(instance: str) -> None:
    """It holds, or the instance is gone."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_note(instance))


def _note(instance: str) -> str:
    return f"{secrets.STATE}/owed/{instance}"
