# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._status_page import SOURCE, page_of

TAKEN = "2026-01-31T12:00:00Z"
RELEASE = {
    "id": "r-1",
    "state": "done",
    "image": {"content": "c", "version": "1.0", "reference": "web@sha256:0"},
    "code": None,
    "who": "ann",
    "hosts": {"n1": {"result": "done"}, "n2": {"result": "failed"}},
    "rendered": {"n1": "0123456789abcdef" * 4},
    "signature": "s",
    "service_file": "service_hosts: all\n",
}
INFO = {"current": "r-1", "releases": [RELEASE], "nodes": {}, "lock": "", "session": "", "drains": [], "problems": []}
MEANT_ILL = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\u2028\u2029",
    "{{ config }}",
    '{"prefix": "longshore"}',
]


def data_of(page: str) -> dict[str, t.Any]:
    """Return what a browser takes for the data of the page."""
    (text,) = re.findall(r'<script type="application/json" id="embedded">(.*?)</script>', page, re.DOTALL)
    return t.cast(dict[str, t.Any], json.loads(text))


def test_the_page_has_what_status_shows() -> None:
    rows = [{"service": "web", "host": "n1", "instance": "web", "state": "running", "remarks": []}]
    data = data_of(page_of(rows, {"web": INFO}, TAKEN))
    assert (data["taken"], data["rows"], data["problem"]) == (TAKEN, rows, "")
    (record,) = data["services"]["web"]["releases"]
    assert record == {
        **{name: RELEASE[name] for name in ("id", "state", "image", "who", "service_file")},
        "rendered": {"n1": "0123456789ab"},
        "summary": "1 done, 1 failed",
    }


@pytest.mark.parametrize("text", MEANT_ILL)
def test_what_others_wrote_stays_data(text: str) -> None:
    rows = [{"service": text, "remarks": [text]}]
    page = page_of(rows, {text: {**INFO, "lock": text}}, TAKEN)
    assert data_of(page)["rows"] == rows
    assert list(data_of(page)["services"]) == [text]
    assert page.count("<script") == SOURCE.read_text(encoding="utf-8").count("<script")
    assert page.count("<!--") == 1
