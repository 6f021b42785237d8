# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.once_task import OnceTask, once_tasks


def task(**differing: t.Any) -> dict[str, t.Any]:
    return {"name": "migrate", "command": ["./migrate"], "timeout": "10m", **differing}


def test_of_the_service_file() -> None:
    entries = [task(), task(name="index", command="./index 'a b'", timeout="90s")]
    assert once_tasks(entries) == (
        OnceTask("migrate", ("./migrate",), 600.0),
        OnceTask("index", ("./index", "a b"), 90.0),
    )


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        pytest.param([task(name="a/b")], "service_once: .*a/b", id="a name that is no part of a path"),
        pytest.param([task(command=[])], r"service_once\.migrate\.command: ", id="no command"),
        pytest.param([task(timeout="soon")], r"service_once\.migrate\.timeout: ", id="a timeout that is none"),
        pytest.param([task(), task()], r"service_once\[1\]: migrate is in the list twice", id="two of one name"),
    ],
)
def test_refused(entries: list[dict[str, t.Any]], says: str) -> None:
    with pytest.raises(Failure, match=says):
        once_tasks(entries)
