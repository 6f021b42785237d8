# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet that all cases share, and the table that they fill."""

from __future__ import annotations

import typing as t

import pytest

from tests.faults.deploy import Fleet
from tests.faults.lab import CHECKOUT, SERVICE, Lab
from tests.faults.table import Row, lines_of

ROWS: list[Row] = []


@pytest.fixture(scope="session")
def table() -> list[Row]:
    return ROWS


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Fleet]:
    """The service in its first release, and its end."""
    fleet = Fleet(Lab(), tmp_path_factory.mktemp("faults") / "fleet")
    fleet.write("0", {})
    first = fleet.deploy()
    assert first.wait() == "done", first.said
    yield fleet
    fleet.write("0", {})
    last = fleet.deploy(playbook="remove")
    assert last.wait() == "done", last.said
    fleet.lab.at("node1", f"consul kv delete -recurse longshore/services/{SERVICE}/")


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Prints the table, and keeps it beside the results."""
    if ROWS:
        told = "\n".join(lines_of(ROWS))
        terminalreporter.write_line(f"\n{told}")
        (CHECKOUT / ".cache/faults.md").write_text(f"{told}\n", encoding="utf-8")
