# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._stories.host.place import place


def entry(path: Path, **options: t.Any) -> dict[str, t.Any]:
    defaults = {
        "content": "a",
        "state": "file",
        "owner": "",
        "group": "",
        "mode": "0640",
        "force": True,
        "validate": [],
    }
    return {**defaults, "path": str(path), **options}


def test_all_are_made_in_their_order_and_told_once(tmp_path: Path) -> None:
    folder = entry(tmp_path / "app", state="directory", mode="0700", content=None)
    entries = [folder, entry(tmp_path / "app/app.conf")]
    told = {str(tmp_path / "app"): ["state"], str(tmp_path / "app/app.conf"): ["state"]}
    assert place(entries, check=True)["changes"] == told
    assert not (tmp_path / "app").exists()
    assert place(entries, check=False)["changes"] == told
    assert place(entries, check=False) == {"changed": False, "changes": {}, "diff": {"before": "", "after": ""}}
