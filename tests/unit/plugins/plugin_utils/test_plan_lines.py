# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._plan_lines import by_entry, kind_of, lines_of

SLOW, FAST = {"http": "http://h/", "interval": "10s"}, {"http": "http://h/", "interval": "5s"}


def change(key: str, before: t.Any, after: t.Any, **more: t.Any) -> dict[str, t.Any]:
    return {"key": key, "before": before, "after": after, **more}


def plan(action: str, *changes: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"action": action, "problems": [], "changes": list(changes)}


@pytest.mark.parametrize(
    ("before", "after", "entries"),
    [
        pytest.param("a", "b", [("k", "a", "b")], id="text"),
        pytest.param(None, ["a"], [("k", None, ["a"])], id="a list where nothing was"),
        pytest.param(["a", "b"], ["a", "c"], [("k[1]", "b", "c")], id="one entry changed"),
        pytest.param(["a", "c"], ["a", "b", "c"], [("k[1]", None, "b")], id="one added"),
        pytest.param(["a", "b", "c"], ["a", "c"], [("k[1]", "b", None)], id="one removed"),
        pytest.param(["a"], ["b", "c"], [("k[0]", "a", "b"), ("k[1]", None, "c")], id="changed and added"),
        pytest.param(["a", "b"], ["b", "a"], [("k[0]", None, "b"), ("k[1]", "b", None)], id="moved"),
        pytest.param([SLOW], [FAST], [("k[0].interval", "10s", "5s")], id="a key of an entry"),
        pytest.param(
            [FAST, SLOW],
            [FAST, {"tcp": "h:1"}],
            [("k[1].http", "http://h/", None), ("k[1].interval", "10s", None), ("k[1].tcp", None, "h:1")],
            id="another entry",
        ),
        pytest.param(
            [{"header": {"X": ["1", "2"]}}],
            [{"header": {"X": ["1", "3"]}}],
            [("k[0].header.X[1]", "2", "3")],
            id="deep",
        ),
        pytest.param({"a": "1"}, {"a": "2"}, [("k.a", "1", "2")], id="mapping"),
        pytest.param(["another definition"], [FAST], [("k[0]", "another definition", FAST)], id="nobody knows"),
    ],
)
def test_by_entry(before: t.Any, after: t.Any, entries: list[tuple[str, t.Any, t.Any]]) -> None:
    assert [(c["key"], c["before"], c["after"]) for c in by_entry(change("k", before, after))] == entries


def test_what_else_is_known_of_a_change_stays() -> None:
    whole = change("files./srv/a", "1", "2", diff="-a\n+b")
    assert by_entry(whole) == [whole]


REPLACE = plan("replace", change("environment.A", "1", None))
CREATE = plan("create", change("image", None, "c-1"), change("command", None, ["a"]))
FILE = plan(
    "signal", change("files./srv/a", "1", "2", diff="--- /srv/a\n+++ /srv/a\n-a\n+b"), change("files./b", None, "3")
)


@pytest.mark.parametrize(
    ("plans", "full", "lines"),
    [
        pytest.param({"n1": REPLACE}, False, ["n1: replace", "  environment.A: 1 -> (not there)"], id="one"),
        pytest.param(
            {"n1": CREATE, "n2": REPLACE, "n3": {}, "n4": plan("none"), "n5": plan("remove", change("x", "a", None))},
            False,
            ["n1: create", "n2: replace", "  environment.A: 1 -> (not there)", "n3, n4: none", "n5: remove"],
            id="each its own",
        ),
        pytest.param(
            {"n1": REPLACE, "n2": plan("none"), "n3": REPLACE},
            False,
            ["n1, n3: replace", "  environment.A: 1 -> (not there)", "n2: none"],
            id="the same plan once",
        ),
        pytest.param(
            {"n1": REPLACE, "n2": plan("replace", change("environment.A", "2", None))},
            False,
            ["n1: replace", "  environment.A: 1 -> (not there)", "n2: replace", "  environment.A: 2 -> (not there)"],
            id="another value is another plan",
        ),
        pytest.param(
            {"n1": CREATE},
            True,
            ["n1: create", "  image: (not there) -> c-1", '  command: (not there) -> ["a"]'],
            id="what a container is made of",
        ),
        pytest.param({"n1": FILE}, False, ["n1: signal", "  files./srv/a: changed", "  files./b: new"], id="files"),
        pytest.param(
            {"n1": FILE},
            True,
            [
                "n1: signal",
                "  files./srv/a: changed",
                "    --- /srv/a",
                "    +++ /srv/a",
                "    -a",
                "    +b",
                "  files./b: new",
            ],
            id="lines of files",
        ),
        pytest.param(
            {"n1": plan("update", change("a", True, "x\ny"), change("b", "", {"c": None}))},
            False,
            ["n1: update", '  a: true -> "x\\ny"', '  b: "" -> {"c": null}'],
            id="as YAML has it",
        ),
        pytest.param(
            {"n1": plan("replace", change("environment.A", "1", "2", origins=["config a is from web@dc1"]))},
            False,
            ["n1: replace", "  environment.A: 1 -> 2", "    config a is from web@dc1"],
            id="where a value is from",
        ),
    ],
)
def test_lines(plans: dict[str, t.Any], full: bool, lines: list[str]) -> None:
    assert lines_of(plans, full) == lines


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("web1, web2: replace", "action"),
        ("web1: none", ""),
        ("  image: c-1 -> c-2", ""),
        ("  environment.A: (not there) -> 1", "more"),
        ("  environment.A: 1 -> (not there)", "less"),
        ("    +a line", "more"),
        ("    -a line", "less"),
        ("    config: common.yml", ""),
    ],
)
def test_what_a_line_is(line: str, kind: str) -> None:
    assert kind_of(line) == kind
