# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tutorial, as the integration target of that name runs it: its commands, its files, and what it shows of them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
TARGET = REPOSITORY / "tests/integration/targets/tutorial"
PAGE = (REPOSITORY / "docs/tutorial.md").read_text(encoding="utf-8")

found = importlib.util.spec_from_file_location("page", TARGET / "files/page.py")
assert found is not None
assert found.loader is not None
page = importlib.util.module_from_spec(found)
found.loader.exec_module(page)
COMMANDS = [command for command, _shown in page.commands(PAGE)]


def test_every_block_of_the_page_is_run_or_written() -> None:
    assert {language for language, _text in page.BLOCK.findall(PAGE)} == {"console", "dockerfile"}
    assert len(page.BLOCK.findall(PAGE)) == PAGE.count("\n```") / 2
    assert list(page.files(PAGE)) == ["app/Dockerfile"]


def test_what_the_lab_has_otherwise_is_on_the_page() -> None:
    tasks = yaml.safe_load((TARGET / "tasks/main.yml").read_text(encoding="utf-8"))
    assert [word for word, _here in tasks[0]["vars"]["substitutes"] if word not in PAGE] == []


def test_each_verb_is_one_of_the_script() -> None:
    script = (REPOSITORY / "playbooks/files/init/fleet").read_text(encoding="utf-8")
    verbs = {command.split()[1] for command in COMMANDS if command.startswith("./fleet ")}
    assert verbs >= {"up", "plan", "deploy", "status", "logs", "rollback", "history", "remove"}
    assert [verb for verb in verbs if not re.search(rf"^(?:verbs=')?{verb}\b.*: ", script, re.MULTILINE)] == []


def test_the_service_file_is_shown_as_init_writes_it() -> None:
    written = (REPOSITORY / "playbooks/files/init/service.yml").read_text(encoding="utf-8").splitlines()
    shown = dict(page.commands(PAGE))["grep -v '^#' services/web.yml"]
    assert shown == [line for line in written if not line.startswith("#")]


@pytest.mark.parametrize(
    ("here", "shown"),
    [
        ("web   shop1  20260131T120000Z-0a1b2c", "web shop1 20261129T124256Z-50d9e7"),
        ("  shop3  replace  done  4.1 s", "shop3 replace done 12 s"),
        ("image 4c9f3e0d1b2a", "image 111111111111"),
    ],
)
def test_what_differs_from_run_to_run_is_not_compared(here: str, shown: str) -> None:
    assert page.plain(here).startswith(page.plain(shown).rpartition(" ")[0])
