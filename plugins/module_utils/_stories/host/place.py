# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several files and folders of a host, made in one call."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import placed_files
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.placed import Placed


def place(entries: t.Iterable[dict[str, t.Any]], check: bool) -> dict[str, t.Any]:
    """Make one after the other as it is wanted, and tell which differed, in what."""
    changes: dict[str, list[str]] = {}
    for entry in entries:
        wanted = Placed.from_options(entry, placed_files.ids_of)
        difference = wanted.difference(placed_files.look(wanted))
        if difference:
            changes[wanted.path] = list(difference)
            if not check:
                placed_files.put(wanted, difference)
    lines = "".join(f"{path}: {', '.join(what)}\n" for path, what in changes.items())
    return {"changed": bool(changes), "changes": changes, "diff": {"before": "", "after": lines}}
