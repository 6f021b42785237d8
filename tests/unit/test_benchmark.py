# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmark makes of its figures: medians, ratios, tables and the chart."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.benchmark.compare import timed
from tests.benchmark.contenders.contender import Contender, Release
from tests.benchmark.drawing import COLOURS, bars, lines, step_of
from tests.benchmark.figures import FLOOR, Figures, cell, ratio_cell, table
from tests.benchmark.goals import goals_table
from tests.benchmark.hosts import CommandError
from tests.benchmark.page import Parts, page
from tests.benchmark.rows import Row, growth_chart, growth_table, load, medians, save
from tests.benchmark.steps import load as load_profile
from tests.benchmark.steps import medians as medians_of_steps
from tests.benchmark.steps import save as save_profile
from tests.benchmark.steps import steps_of, steps_table
from tests.benchmark.traffic import bytes_between, bytes_of, requests_between, requests_in
from tests.benchmark.works import Work
from tests.faults.lab import NODES

SECONDS: dict[str, dict[str, list[float | None]]] = {
    "launch": {
        FLOOR: [1.0, 2.0, 4.0],
        "longshore": [2.0, 6.0, 4.0],
        "swarm": [4.0, 3.0, None],
        "shell": [None],
        "community": [10.0],
    },
}
SVG = "{http://www.w3.org/2000/svg}"
CONTENDERS = {FLOOR: "floor", "longshore": "Longshore", "swarm": "Docker Swarm"}


@pytest.fixture
def figures() -> Figures:
    return Figures(SECONDS)


@pytest.mark.parametrize(
    ("contender", "text"),
    [
        pytest.param("longshore", "4.0 (2.0 to 6.0)", id="the median, the fastest and the slowest"),
        pytest.param("swarm", "3.5 (3.0 to 4.0), 1 failed", id="a round that failed is told, and no figure"),
        pytest.param("shell", "failed", id="all rounds failed"),
        pytest.param("community", "10.0", id="one round has no spread"),
        pytest.param("other", "-", id="never measured"),
    ],
)
def test_a_cell_says_how_the_rounds_were(figures: Figures, contender: str, text: str) -> None:
    assert cell(figures, "launch", contender) == text


@pytest.mark.parametrize(
    ("base", "text"),
    [
        pytest.param(FLOOR, "2.00", id="the median of the rounds' ratios, not the ratio of the medians"),
        pytest.param("swarm", "1.25", id="rounds of which one failed have no ratio"),
        pytest.param("community", "0.20", id="rounds that only one of them has are left out"),
        pytest.param("shell", "-", id="no round of both"),
        pytest.param("other", "-", id="never measured"),
    ],
)
def test_ratios_are_those_of_the_same_round(figures: Figures, base: str, text: str) -> None:
    assert ratio_cell(figures, "launch", "longshore", base) == text


def test_figures_come_back_from_their_file(figures: Figures, tmp_path: Path) -> None:
    figures.save(tmp_path / "figures.json")
    assert Figures.load(tmp_path / "figures.json") == figures
    assert figures.rounds() == 3
    assert Figures().rounds() == 0


def test_a_round_is_added_behind_those_that_are_there() -> None:
    figures = Figures()
    for seconds in (1.0, None):
        figures.add("launch", "swarm", seconds)
    assert figures == Figures({"launch": {"swarm": [1.0, None]}})


def test_the_page_has_a_row_per_work_and_a_column_per_contender(figures: Figures) -> None:
    works = {"launch": "first launch", "bad": "a bad release"}
    text = page(figures, works, CONTENDERS, {"Docker Swarm": "no plan"}, Parts("| goal |", "| Launch |", "| 3 |"))
    assert "| first launch (`launch`) | 2.0 (1.0 to 4.0) | 4.0 (2.0 to 6.0) | 3.5 (3.0 to 4.0), 1 failed |" in text
    assert "| a bad release (`bad`) | - | - | - |" in text
    assert "| first launch | 2.00 | 1.25 |" in text
    assert "- **Docker Swarm**: no plan." in text
    assert all(part in text for part in ("| goal |", "| Launch |", "| 3 |"))


@pytest.mark.parametrize(
    ("title", "measured", "reached"),
    [
        pytest.param("first launch one by one, to the floor", "2.00", "yes", id="ratio to the floor"),
        pytest.param("first launch one by one, to community.docker", "0.20", "yes", id="ratio to another"),
        pytest.param("replace one by one, to Docker Swarm", "-", "-", id="never measured"),
        pytest.param("replace all at once, to one by one", "0.80", "no", id="too slow"),
        pytest.param("reload of three hosts, seconds beyond those of the shell", "3.50", "yes", id="seconds"),
        pytest.param("nothing to do, KB to a host and back", "12.00", "yes", id="of the smallest fleet"),
        pytest.param("nothing to do on 100 hosts, CPU to that of one trivial task", "3.00", "no", id="of the largest"),
    ],
)
def test_goals(title: str, measured: str, reached: str) -> None:
    seconds: dict[str, dict[str, list[float | None]]] = {
        **SECONDS,
        "replace": {"longshore": [10.0]},
        "at-once": {"longshore": [8.0]},
        "reload-at-once": {"longshore": [4.0], "shell": [0.5]},
    }
    rows = [
        Row(3, "longshore", 1.0, 0.5, 12_000, 1, 0),
        Row(100, FLOOR, 1.0, 0.1, None, 0, 0),
        Row(100, "longshore", 1.0, 0.15, 9_000, 1, 0),
    ]
    lines_of = {
        line.split(" | ")[0].removeprefix("| "): line for line in goals_table(Figures(seconds), rows).splitlines()
    }
    assert lines_of[title].endswith(f"| {measured} | {reached} |")


def test_a_step_lasts_until_the_next_and_counts_once_for_all_batches(tmp_path: Path) -> None:
    steps = steps_of([("plays", 11.0), ("Launch", 12.0), ("Judge", 14.0), ("Launch", 14.5), ("end", 16.0)], 10.0, 17.0)
    assert steps == {"Ansible's start": 1.0, "plays": 1.0, "Launch": 3.5, "Judge": 0.5, "end": 1.0}
    profile = {"launch": medians_of_steps([steps, {**steps, "Launch": 4.5}]), "nothing": {"plays": 0.01}}
    save_profile(profile, tmp_path / "profile.json")
    assert load_profile(tmp_path / "profile.json") == profile
    shown = steps_table({**profile, "launch": {**profile["launch"], "tiny": 0.02}})
    assert "| Launch | 4.00 | - |" in shown
    assert "| all others | 0.02 | 0.00 |\n| sum | 7.52 | 0.01 |" in shown


def test_requests_to_the_registry_are_those_of_its_access_log() -> None:
    log = """time="2026" level=info msg="response completed" http.request.uri="/v2/busybox/manifests/1.35" HTTP
10.1.0.1 - - [28/Nov/2026:20:21:19 +0000] "HEAD /v2/busybox/manifests/1.35 HTTP/1.1" 200 740 "" "docker"
10.1.0.1 - - [28/Nov/2026:20:21:19 +0000] "GET /v2/busybox/blobs/sha256:0 HTTP/1.1" 200 1855 "" "docker"
"""
    assert requests_in(log) == 2


def test_a_table_is_markdown() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


@pytest.mark.parametrize(
    ("largest", "step"),
    [(10.0, 1.0), (11.0, 2.0), (45.0, 5.0), (90.0, 10.0), (100.0, 10.0), (0.5, 0.05), (0.0, 1.0)],
)
def test_an_axis_has_round_steps_and_ten_at_most(largest: float, step: float) -> None:
    assert step_of(largest) == pytest.approx(step)


def test_the_chart_has_a_bar_per_figure_as_long_as_its_value() -> None:
    chart = ET.fromstring(bars(["a < b", "c"], {"one & two": [2.0, None], "three": [4.0, 1.0]}))
    rectangles = [(drawn.get("fill"), float(drawn.attrib["width"])) for drawn in chart.iter(f"{SVG}rect")]
    shown = [[width for fill, width in rectangles if fill == colour] for colour in COLOURS[:2]]
    (_legend, half), (_other, whole, quarter) = shown
    assert whole / half == pytest.approx(2.0, rel=0.01)
    assert whole / quarter == pytest.approx(4.0, rel=0.01)
    texts = [element.text for element in chart.iter(f"{SVG}text")]
    assert {"a < b", "c", "one & two", "three", "2.0", "4.0", "1.0"} <= set(texts)


def test_a_chart_of_nothing_is_a_chart() -> None:
    assert ET.fromstring(bars([], {})).tag.endswith("svg")
    assert ET.fromstring(lines({}, ("hosts", "s"))).tag.endswith("svg")


def test_a_line_goes_up_as_its_values_do() -> None:
    chart = ET.fromstring(lines({"floor": [(3, 1.0), (10, 2.0), (30, 4.0)]}, ("hosts", "s")))
    (path,) = (element.attrib["points"] for element in chart.iter(f"{SVG}polyline"))
    places = [tuple(map(float, point.split(","))) for point in path.split()]
    (x1, y1), (x2, y2), (x3, y3) = places
    assert (x3 - x1) / (x2 - x1) == pytest.approx(27 / 7, rel=0.01)
    assert (y1 - y3) / (y1 - y2) == pytest.approx(3.0, rel=0.01)


ROWS = [Row(3, "floor", seconds, 0.5, 4000.0, 0.0, 0.0) for seconds in (1.0, 9.0, 2.0)]


def test_growth_has_a_row_of_medians_per_size_and_name() -> None:
    rows = [*ROWS, Row(10, "floor", 7.0, 0.5, 4000.0, 0.0, 0.0), Row(3, "longshore", 3.0, 0.6, 20500.0, 4.0, 0.33)]
    assert [(row.hosts, row.name, row.seconds) for row in medians(rows)] == [
        (3, "floor", 2.0),
        (10, "floor", 7.0),
        (3, "longshore", 3.0),
    ]
    assert "| 3 | longshore | 3.0 | 0.60 | 20.5 | 4.0 | 0.33 |" in growth_table(rows)
    assert ET.fromstring(growth_chart(rows)).tag.endswith("svg")


def test_rows_come_back_from_their_file(tmp_path: Path) -> None:
    save(ROWS, tmp_path / "growth.json")
    assert load(tmp_path / "growth.json") == ROWS


LOG = """
[DEBUG] agent.http: Request finished: method=GET url=/v1/kv/before from=127.0.0.1:1 latency=1ms
[DEBUG] agent.http: Request finished: method=GET url=/v1/status/leader?mark=begin from=127.0.0.1:2 latency=1ms
[DEBUG] agent.http: Request finished: method=GET url=/v1/status/leader?mark=begin from=127.0.0.1:3 latency=1ms
[DEBUG] agent.http: Request finished: method=GET url=/v1/kv/one from=127.0.0.1:4 latency=1ms
[DEBUG] agent: Check status updated: check=service:web status=passing
[ERROR] agent.http: Request finished: method=PUT url=/v1/session/create from=127.0.0.1:4 latency=1ms
[DEBUG] agent.http: Request finished: method=GET url=/v1/status/leader?mark=end from=127.0.0.1:5 latency=1ms
[DEBUG] agent.http: Request finished: method=GET url=/v1/kv/after from=127.0.0.1:6 latency=1ms
"""


def test_requests_are_those_of_others_between_the_marks() -> None:
    assert requests_between(LOG, "begin", "end") == 2


SOCKETS = """0 0 10.0.0.1:22 10.0.0.2:500
\t bbr bytes_sent:100 bytes_retrans:7 bytes_acked:93 bytes_received:10
0 0 10.0.0.1:22 10.0.0.2:501
\t bbr bytes_sent:1
"""


def test_bytes_of_a_connection_are_those_in_both_directions() -> None:
    assert bytes_of(SOCKETS) == {"10.0.0.2:500": 110, "10.0.0.2:501": 1}
    assert bytes_of("") == {}


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        pytest.param({"a": 5}, {"a": 7}, 2, id="a connection that stays"),
        pytest.param({"a": 5}, {"a": 7, "b": 3}, 5, id="one more"),
        pytest.param({"a": 5, "b": 1}, {"a": 7}, None, id="one that has ended"),
    ],
)
def test_bytes_are_known_where_no_connection_ended(
    before: dict[str, int], after: dict[str, int], count: int | None
) -> None:
    assert bytes_between(before, after) == count


def test_growth_without_known_bytes_says_so() -> None:
    (row,) = medians([Row(3, "floor", 1.0, 0.5, None, 0.0, 0.0)] * 2)
    assert "| 3 | floor | 1.0 | 0.50 | - | 0.0 | 0.00 |" in growth_table([row])


class Fake(Contender):
    """A contender that writes down what it is asked for; ``fails`` is what its first command raises."""

    name = "fake"
    fails: Exception | None = None

    def __init__(self) -> None:
        self.release, self.nodes, self.code = None, (), None
        self.done: list[str] = []

    def run(self, release: Release, nodes: tuple[str, ...], at_once: bool) -> None:
        self.done.append(f"{release.edition} on {len(nodes)}{' at once' if at_once else ''}")
        fails, self.fails = self.fails, None
        if fails:
            raise fails

    def clear(self) -> None:
        self.done.append("clear")

    def wait_until_served(self) -> None:
        self.done.append("serves")


OLD, NEW = Release("old", "busybox"), Release("new", "busybox", broken=True)


@pytest.mark.parametrize(
    ("rolls_back", "done"),
    [
        pytest.param(True, ["new on 3", "serves"], id="taken back by the same command"),
        pytest.param(False, ["new on 3", "old on 3", "serves"], id="taken back by another command, in the same time"),
    ],
)
def test_a_bad_release_ends_when_the_old_one_serves(
    monkeypatch: pytest.MonkeyPatch, rolls_back: bool, done: list[str]
) -> None:
    contender = Fake()
    contender.release, contender.nodes = OLD, NODES
    monkeypatch.setattr(Fake, "rolls_back", rolls_back)
    contender.fails = CommandError("broken")
    contender.fail(NEW)
    assert contender.done == done
    assert contender.release == OLD


def work(stays: bool = True) -> Work:
    """Return a work that deploys a release."""
    return Work("replace", "", lambda c: c.remove(), lambda c: c.deploy(OLD, NODES, at_once=True), stays=stays)


@pytest.mark.parametrize(
    ("fails", "stays", "done"),
    [
        pytest.param(None, True, ["clear", "old on 3 at once", "serves"], id="measured"),
        pytest.param(None, False, ["clear", "old on 3 at once", "serves", "clear"], id="and removed after it"),
        pytest.param(CommandError("no"), True, ["clear", "old on 3 at once", "clear"], id="failed, so begun anew"),
    ],
)
def test_a_round_that_failed_has_no_figure(fails: Exception | None, stays: bool, done: list[str]) -> None:
    contender = Fake()
    contender.fails = fails
    assert (timed(work(stays), contender) is None) is (fails is not None)
    assert contender.done == done


def test_a_fault_of_the_benchmark_itself_is_seen() -> None:
    contender = Fake()
    contender.fails = KeyError("a bug")
    with pytest.raises(KeyError):
        timed(work(), contender)
