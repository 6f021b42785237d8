# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deploy lock of a holder that works no more is broken, and who has done that goes on record."""

from __future__ import annotations

import contextlib

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.lock import LockState
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.drains import note_drains
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock


def unlock(lock: Lock, who: str, check: bool) -> LockState:
    """Break the lock, unless in check mode; return the state that was found. ``lock.session`` must be the holder's."""
    found = lock.breakable()
    if found.session and not check:
        # Under the session that still holds it. A token that may not write there may break it all the same.
        with contextlib.suppress(Failure):
            note_drains(lock, who, "unlocked", "", [""], f"was held by {found.shown}")
        lock.release()
    return found
