# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be proven of a reload, and what not; that it is proven is shown by tests/integration/targets/reload."""

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils.clients import processes
from ansible_collections.longshore.fleet.plugins.module_utils.clients.processes import Process
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.code import Reload
from ansible_collections.longshore.fleet.plugins.module_utils.stories.reload import Running, refuse_unprovable

MASTER = Process(1, 0, "uwsgi", 1)
WORKER = Process(2, 1, "uwsgi", 2)


def how(url: str) -> Reload:
    return Reload("signal", "HUP", 30.0, (), (), 60.0, url)


@pytest.mark.parametrize(
    ("handled", "workers", "url", "version", "says"),
    [
        pytest.param(True, [WORKER], "", "", None, id="workers"),
        pytest.param(True, [], "http://127.0.0.1/", "v1", None, id="a page with the release"),
        pytest.param(True, [], "http://127.0.0.1/", "", "no workers", id="a page, and no code to tell the release of"),
        pytest.param(True, [], "", "v1", "no workers", id="neither workers nor page"),
        pytest.param(False, [WORKER], "http://127.0.0.1/", "v1", "no handler for HUP", id="a deaf master"),
    ],
)
def test_what_can_be_proven(
    monkeypatch: pytest.MonkeyPatch, handled: bool, workers: list[Process], url: str, version: str, says: str | None
) -> None:
    monkeypatch.setattr(processes, "handles", lambda _pid, _signal: handled)
    running = Running("id", 1, "now", 0, MASTER, frozenset(workers))
    if says is None:
        refuse_unprovable(running, how(url), version)
    else:
        with pytest.raises(Failure, match=says):
            refuse_unprovable(running, how(url), version)
