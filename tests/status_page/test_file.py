# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as a file that status.yml has written, opened where no Consul is."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.plugin_utils._status_page import page_of
from tests.status_page import seeds
from tests.status_page.browser import Browser, wait_for
from tests.status_page.conftest import Open
from tests.status_page.test_status_page import cells, is_kept

TAKEN, SINCE = "2026-01-31T13:00:00Z", "2026-01-31T12:00:00"


def row(host: str, state: str, checks: str, remarks: list[str] | None = None) -> dict[str, t.Any]:
    found = {"service": "web", "host": host, "instance": "web", "state": state, "checks": checks}
    return {**found, "image": "1.1.0 0a1b", "code": "", "since": SINCE, "remarks": remarks or []}


def opened(
    window: Open, file: Path, rows: list[dict[str, t.Any]], services: dict[str, t.Any], problem: str = ""
) -> Browser:
    file.write_text(page_of(rows, services, TAKEN, problem), encoding="utf-8")
    page = window()
    page.open(file.as_uri())
    page.wait("#state", "As it was at 2026-01-31 13:00:00 UTC")
    return page


def test_records_that_could_not_be_read_are_told(window: Open, tmp_path: Path) -> None:
    page = opened(window, tmp_path / "fleet.html", [row("shop1", "running", "1/1 passing")], {}, "No host could.\n403")
    assert page.texts("#problem") == ["No host could.\n403"]
    assert page.run("return document.querySelector('#problem').checkVisibility()")
    assert list(cells(page)) == ["web on shop1"]


def test_it_shows_what_status_has_found(window: Open, tmp_path: Path) -> None:
    rows = [
        row("shop1", "running", "1/1 passing"),
        row("shop2", "running, drained", "0/1 passing", ["drained: leak"]),
        row("shop3", "running", "0/1 passing", ["http: connection refused"]),
        row("shop4", "missing", "", ["should run here"]),
        row("shop5", "running", "none"),
        row("shop6", "unknown", "", ["cannot be asked: no route to host"]),
    ]
    old, new = (seeds.record("web", f"r{n}", f"1.{n}.0", config_digest=str(n), index=n) for n in (0, 1))
    new.update(state="interrupted", service_file="service_hosts: shop\n")
    notes = {"shop1": {"web": seeds.note("r1", doing="waiting for the gate", limit=60)}}
    drains = [
        {"when": seeds.WHEN, "who": "ann", "what": "drained", "node": "shop2", "instance": "web", "reason": "leak"}
    ]
    web = {"current": "r0", "releases": [new, old], "nodes": notes, "lock": "ann on ci", "session": "s-1"}
    page = opened(
        window, tmp_path / "fleet.html", rows, {"web": {**web, "drains": drains, "problems": ["KV: unreadable"]}}
    )
    wait_for(lambda: len(cells(page)) == 6, 10, "all cells")
    assert [text.split(",")[0] for text in cells(page).values()] == [
        *("passing", "drained", "critical", "not registered", "no checks", "unknown"),
    ]
    assert page.texts("tbody td")[0] == "✓ 1.1.0 60 min"
    assert "by ann on ci" in page.wait("#rolling li", "web")
    assert page.texts("#problem") == ["KV: unreadable"]
    page.run("const of = document.querySelector('#of'); of.value = 'web'; of.onchange()")
    newest = page.wait("#history li", "r1")
    assert "configuration" in newest
    assert "- service_hosts: all+ service_hosts: shop" in newest
    assert "drained web on shop2 by ann" in page.wait("#history li", "leak")
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    assert not page.run("return document.querySelector('#access').checkVisibility()")
    assert is_kept(page)


def test_what_others_wrote_does_nothing(window: Open, tmp_path: Path) -> None:
    text = f"</script><script>{seeds.MARKUP}</script>"
    rows = [{**row(text, text, text, [text, seeds.CONTROL]), "service": text}]
    info = {
        "current": text,
        "releases": [],
        "nodes": {},
        "lock": text,
        "session": text,
        "drains": [],
        "problems": [text],
    }
    page = opened(window, tmp_path / "fleet.html", rows, {text: info})
    wait_for(lambda: page.texts("td"), 10, "the one cell")
    page.run("document.querySelector('td').click()")
    assert page.run("return document.scripts.length") == 2
    assert is_kept(page)
