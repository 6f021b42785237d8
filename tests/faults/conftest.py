# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet that all cases share, and the table that they fill."""

from __future__ import annotations

import typing as t

import pytest

from tests.faults.code import CodeFleet
from tests.faults.deploy import Fleet
from tests.faults.lab import CHECKOUT, SERVICE, Lab
from tests.faults.table import Row, lines_of

ROWS: list[Row] = []
AnyFleet = t.TypeVar("AnyFleet", bound=Fleet)


@pytest.fixture(scope="session")
def table() -> list[Row]:
    return ROWS


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Fleet]:
    """Deploy the service in its first release, and remove it at the end."""
    yield from deployed(Fleet(Lab(), tmp_path_factory.mktemp("faults") / "fleet"))


@pytest.fixture(scope="module")
def code_fleet(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[CodeFleet]:
    """Deploy the same with code of its own; the two have the same name and are never there at once."""
    fleet = CodeFleet(Lab(), tmp_path_factory.mktemp("faults") / "fleet")
    yield from deployed(fleet)
    fleet.remove_code()


def deployed(fleet: AnyFleet) -> t.Iterator[AnyFleet]:
    """Deploys it, and removes it in the end."""
    fleet.write("0", {})
    first = fleet.deploy()
    assert first.wait() == "done", first.said
    yield fleet
    fleet.write("0", {})
    last = fleet.deploy(playbook="remove")
    assert last.wait() == "done", last.said
    for tree in (f"longshore/services/{SERVICE}/", "longshore-test-faults/"):
        fleet.lab.at("node1", f"consul kv delete -recurse {tree}")


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Print the table, and keep it beside the results."""
    if ROWS:
        told = "\n".join(lines_of(ROWS))
        terminalreporter.write_line(f"\n{told}")
        (CHECKOUT / ".cache/faults.md").write_text(f"{told}\n", encoding="utf-8")
