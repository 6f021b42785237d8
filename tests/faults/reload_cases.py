# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of reloads: one entry a case. In all of them every instance stays in traffic, in its container."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tests.faults import faults as f
from tests.faults import reload_faults as r
from tests.faults.cases import ALL_NEW, FIRST_NEW, NEW, NOTHING_TOUCHED, OLD
from tests.faults.faults import Act


@dataclass(frozen=True)
class ReloadCase:
    """One fault.

    ``stage``: before, or switched, which is between the first host's switch and its signal. ``changes``: what the
    service file says beside new code, and ``broken``, Python that the code begins with. ``ends``: how the struck reload
    ends. ``says``: what it then must have said. ``serves``: the release of each node then. ``mended``: whether the
    second run has a service file and code without the changes. ``heals``: what the second run must say.
    """

    fault: str
    stage: str = "before"
    strike: Act = f.nothing
    mend: Act = f.nothing
    changes: dict[str, t.Any] = field(default_factory=dict)
    ends: str = "failed"
    says: tuple[str, ...] = ()
    serves: tuple[str, ...] = NOTHING_TOUCHED
    mended: bool = False
    heals: str = "node1: signal: done"
    quick: bool = False

    @property
    def id(self) -> str:
        """Names it in the table and to pytest."""
        return f"reload: {self.fault}, {self.stage}"


# Waits between switch and signal, for a fault to strike there.
HELD = {"service_reload": {"commands": ["sleep 4"]}}
ON_NODE2 = "import socket\nif socket.gethostname() == 'node2':\n    raise ImportError('no payments on node2')\n"
IN_A_WORKER = "import sys\nif sys.argv[0] == 'worker':\n    raise ImportError('no payments in a worker')\n"
NEVER_ENDS = "1 of 2 workers from before the signal are left"
SERVES_ON = "No process has loaded anything new: the code from before serves on."

CASES = [
    # The code
    ReloadCase(
        "syntax error in the code",
        changes={"broken": "def broken(:\n"},
        says=(
            "node1, node2, node3: service_reload.check: python3 -c import app failed with exit code 1",
            "SyntaxError",
        ),
        mended=True,
    ),
    ReloadCase(
        "import error only in a worker",
        changes={"broken": IN_A_WORKER},
        says=("node1", "The reload is not proven", "no payments in a worker", SERVES_ON),
        mended=True,
        quick=True,
    ),
    ReloadCase(
        "failing migration",
        changes={"service_once": [{"name": "migrate", "command": ["sh", "-c", "echo no such table; exit 4"]}]},
        says=("service_once: migrate ended with exit code 4", "no such table"),
        mended=True,
    ),
    ReloadCase(
        "check fails on one host only",
        changes={"broken": ON_NODE2},
        says=("node2: service_reload.check: python3 -c import app failed", "no payments on node2"),
        mended=True,
    ),
    # The service file
    ReloadCase(
        "no code in the service file",
        changes={"service_code": None},
        says=("node1, node2, node3: a reload changes no container", "Run deploy.yml"),
        mended=True,
    ),
    ReloadCase(
        "unknown commit",
        changes={"service_code": {"version": "nowhere"}},
        says=("has no branch, tag or commit nowhere; there are main",),
        mended=True,
    ),
    # The server
    ReloadCase(
        "worker that never ends its request", strike=r.ask_for_ever, mend=r.ask_no_more, ends="done", serves=ALL_NEW
    ),
    ReloadCase(
        "worker that never ends its request, and nothing ends it",
        strike=r.ask_a_patient_one,
        mend=r.ask_no_more,
        says=("node1", "The reload is not proven", NEVER_ENDS),
    ),
    ReloadCase(
        "HUP lost",
        strike=r.deafen,
        mend=r.hear_again,
        says=("node1", "2 of 2 workers from before the signal are left", SERVES_ON),
    ),
    # The controller and the hosts
    ReloadCase(
        "controller killed",
        "switched",
        f.kill_controller,
        changes=HELD,
        ends="killed",
        serves=FIRST_NEW,
        heals="node2: signal: done",
    ),
    ReloadCase("controller and launch killed", "switched", r.kill_launch, changes=HELD, ends="killed"),
    ReloadCase("two reloads at once", "switched", r.reload_too, changes=HELD, ends="done", serves=ALL_NEW),
    ReloadCase(
        "host off",
        strike=f.cut_ssh("node3"),
        mend=f.mend_ssh("node3"),
        changes={"service_rollout": {"max_unreachable": 1}},
        ends="done",
        serves=(NEW, NEW, OLD),
        heals="node3: signal: done",
    ),
    ReloadCase(
        "disk full while unpacking",
        strike=r.fill_releases,
        mend=r.empty_releases,
        says=("node2: ", "cannot be unpacked into /srv/code/faults/releases: No space left on device"),
    ),
    ReloadCase("registry down", strike=f.stop_registry, mend=f.start_registry, says=("registry",)),
]
