# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a request of ours trusts: the options ``ca_file`` and ``verify`` beside a URL."""

from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import PATH


def refuse_wrong_authority(ca_file: str, verify: bool, where: str) -> None:
    """Refuse a file that is no absolute path, and one that nothing would look into."""
    if not ca_file:
        return
    PATH.refuse(ca_file, f"{where}.ca_file")
    if not verify:
        raise Failure(f"{where}.ca_file: has no effect, as verify is false; remove one of the two")
