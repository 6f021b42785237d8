# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._interrupted import interrupted_lines

NEW = {"id": "r-2", "state": "interrupted", "image": {"content": "c-2"}}
OLD = {"id": "r-1", "state": "done", "image": {"content": "c-1"}}
DONE, BEGUN, FAILED = (
    {"release": "r-2", **said} for said in ({"result": "done"}, {"doing": "gate"}, {"result": "failed"})
)
BEFORE = {"release": "r-1", "result": "done"}


def host(node: str, content: str) -> dict[str, t.Any]:
    return {"node": node, "instances": [{"service": "web", "instance": "web", "content": content}]}


@pytest.mark.parametrize(
    ("hosts", "notes", "releases", "told"),
    [
        pytest.param({"h1": "c-1"}, {"h1": BEFORE}, [OLD], None, id="nothing was interrupted"),
        pytest.param({"h1": "c-1"}, {}, [], None, id="no release"),
        pytest.param({"h1": "c-2"}, {"h1": DONE}, [{**NEW, "state": "rolling"}, OLD], None, id="under way"),
        pytest.param(
            {"h1": "c-2", "h2": "c-1", "h3": "c-1"},
            {"h1": DONE, "h2": BEFORE, "h3": BEFORE},
            [NEW, OLD],
            "done, run r-2: h1; still r-1: h2, h3",
            id="between two batches",
        ),
        pytest.param(
            {"h1": "c-2", "h2": "c-1"},
            {"h1": BEGUN, "h2": BEGUN},
            [NEW, OLD],
            "begun, with its image: h1; begun, with the image before: h2",
            id="within a batch, by the labels",
        ),
        pytest.param({"h1": "c-1"}, {"h1": FAILED}, [NEW, OLD], "failed, back to what ran before: h1", id="failed"),
        pytest.param({"h1": "c-1"}, {}, [NEW], "still as before: h1", id="without a note"),
        pytest.param({}, {}, [NEW], "no host runs it", id="the first rollout, before its first batch"),
    ],
)
def test_what_was_changed(
    hosts: dict[str, str], notes: dict[str, t.Any], releases: list[t.Any], told: str | None
) -> None:
    info = {"current": "r-1", "releases": releases, "nodes": {name: {"web": note} for name, note in notes.items()}}
    lines = interrupted_lines({name: host(name, content) for name, content in hosts.items()}, {"web": info})
    way = "Run the same deploy to continue, or rollback.yml to revert."
    assert lines == ([] if told is None else [f"web: the rollout of r-2 was interrupted. {told}. {way}"])


def test_hosts_that_cannot_be_asked_are_left_to_the_table() -> None:
    info = {"current": "", "releases": [NEW], "nodes": {}}
    assert "no host runs it" in interrupted_lines({"h1": {"unreachable": True}}, {"web": info})[0]
