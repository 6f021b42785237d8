# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files before they are in their places. What a container sees of them is shown by the target reload."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._stories.files import stage
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.stage import showing

Mounted = dict[str, t.Any]
Spec = t.Callable[[Path], t.Any]


@pytest.mark.parametrize(
    ("staged", "held"),
    [
        pytest.param(lambda folder: {"volumes": [f"{folder}:/etc/web"]}, True, id="in a folder that is mounted"),
        pytest.param(lambda _folder: {}, False, id="in none"),
    ],
)
@pytest.mark.parametrize("killed_before", [False, True])
def test_place_is_held_while_a_container_sees_the_file(
    place: Path, staged: t.Callable[[Path], Mounted], held: bool, killed_before: bool, host: t.Any, wanted: Spec
) -> None:
    if killed_before:
        os.close(os.open(place, os.O_CREAT, 0o600))
    with showing(host, wanted(place), "web.check-1", staged(place.parent)) as mounts:
        assert [(mount["target"], Path(mount["source"]).read_text()) for mount in mounts] == [("/etc/web/conf", "new")]
        assert place.exists() == (held or killed_before)
    assert place.exists() == (killed_before and not held)
    assert os.listdir(stage.STAGES) == []


def test_file_that_is_there_stays(place: Path, host: t.Any, wanted: Spec) -> None:
    place.write_text("old")
    with showing(host, wanted(place), "web.check-1", {"volumes": [f"{place.parent}:/etc/web"]}):
        assert place.read_text() == "old"
    assert place.read_text() == "old"
