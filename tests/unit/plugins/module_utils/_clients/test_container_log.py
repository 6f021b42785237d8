# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of a log as the engine sends them: cut anywhere, in parts, of two streams, without an end, or no text."""

from __future__ import annotations

import contextlib
import re
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import container_log
from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_log import (
    LONGEST,
    PART,
    Extent,
    in_utc,
    read_log,
    read_output,
)
from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Refusal
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._masking import masked

ALL = Extent(lines=1000)


def at(second: int) -> bytes:
    return b"2026-11-29T08:00:%02d.000000001Z " % second


def frame(content: bytes, stream: int = 1) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(content).to_bytes(4, "big") + content


class Engine:
    """The client docker.py, as far as a log is read."""

    def __init__(self, raw: bytes, size: int = 7, refused: str = "") -> None:
        self.raw = raw
        self.size = size
        self.refused = refused
        self.asked: dict[str, t.Any] = {}
        self.api = self

    def explained(self, _action: str) -> t.Any:
        if self.refused:
            raise Refusal(f"Docker could not: {self.refused}", self.refused)
        return contextlib.nullcontext()

    def log(self, _container: str, **parameters: t.Any) -> t.Iterator[bytes]:
        self.asked = parameters
        yield from (self.raw[start : start + self.size] for start in range(0, len(self.raw), self.size))


def answer(terminal: bool = False, driver: str = "json-file") -> dict[str, t.Any]:
    return {
        "Id": "id",
        "Name": "/web",
        "Config": {"Tty": terminal},
        "HostConfig": {"LogConfig": {"Type": driver}},
    }


def read(raw: bytes, extent: Extent = ALL, terminal: bool = False, size: int = 7) -> list[tuple[str, str]]:
    lines, _cut = read_log(t.cast(t.Any, Engine(raw, size)), answer(terminal), extent)
    return [(line.time[17:19], line.text) for line in lines]


LONG = b"a" * PART
CASES = [
    pytest.param([], [], id="nothing"),
    pytest.param([(1, b"one\n"), (2, b"two\n")], [("01", "one"), ("02", "two")], id="lines"),
    pytest.param([(1, b"\n"), (2, b"  b\r\n")], [("01", ""), ("02", "  b")], id="empty, indented, with CR"),
    pytest.param([(1, b"no end")], [("01", "no end")], id="without a newline"),
    pytest.param([(1, b"\x1b[31m\xff\0\n")], [("01", "\x1b[31m\ufffd\0")], id="no text"),
    pytest.param([(1, LONG), (2, b"b\n"), (3, b"c\n")], [("01", "a" * PART + "b"), ("03", "c")], id="in parts"),
    pytest.param(
        [(1, b"2026-11-29T09:00:00Z own time\n")], [("01", "2026-11-29T09:00:00Z own time")], id="a time of its own"
    ),
]


@pytest.mark.parametrize("size", [1, 7, 65536])
@pytest.mark.parametrize(("messages", "lines"), CASES)
def test_lines(messages: list[tuple[int, bytes]], lines: list[tuple[str, str]], size: int) -> None:
    assert read(b"".join(frame(at(s) + text) for s, text in messages), size=size) == lines


@pytest.mark.parametrize("size", [1, 7, 65536])
@pytest.mark.parametrize(("messages", "lines"), CASES)
def test_lines_of_a_terminal(messages: list[tuple[int, bytes]], lines: list[tuple[str, str]], size: int) -> None:
    assert read(b"".join(at(second) + text for second, text in messages), terminal=True, size=size) == lines


def test_parts_of_two_streams_stay_apart() -> None:
    raw = frame(at(1) + LONG) + frame(at(2) + b"error\n", 2) + frame(at(3) + b"b\n")
    assert read(raw, size=1000) == [("02", "error"), ("01", "a" * PART + "b")]


def test_several_lines_in_one_message_have_its_time() -> None:
    assert read(frame(at(4) + b"Traceback\n  File\n")) == [("04", "Traceback"), ("04", "  File")]


@pytest.mark.parametrize("terminal", [False, True])
def test_a_line_without_end_is_cut_and_its_secret_masked(terminal: bool) -> None:
    secret = "correct-hörse-battery"
    for before in range(LONGEST - 30, LONGEST + 1):
        text = b"a" * before + secret.encode() + b"b" * 4 * LONGEST + b"\n"
        raw = b"".join(at(1) + text[start : start + PART] for start in range(0, len(text), PART))
        parts = [frame(at(1) + text[start : start + PART]) for start in range(0, len(text), PART)]
        [(_time, shown)] = read(raw if terminal else b"".join(parts), terminal=terminal, size=65536)
        assert shown.endswith("...")
        assert len(shown) <= LONGEST + 3
        assert "corr" not in masked(shown, {"PASSWORD": secret})


def test_the_newest_count() -> None:
    raw = b"".join(frame(at(n) + b"line %d\n" % n) for n in range(60))
    assert read(raw, Extent(lines=2)) == [("58", "line 58"), ("59", "line 59")]
    assert read(raw, Extent(lines=2, grep=re.compile("e 1"))) == [("18", "line 18"), ("19", "line 19")]


@pytest.mark.parametrize(("most", "left", "is_cut"), [(100, 6, False), (42, 6, False), (41, 5, True), (1, 1, True)])
def test_bytes_have_a_bound(most: int, left: int, is_cut: bool) -> None:
    raw = b"".join(frame(at(n) + b"line %02d\n" % n) for n in range(6))
    lines, cut = read_log(t.cast(t.Any, Engine(raw)), answer(), Extent(lines=9, most=most))
    assert (len(lines), lines[-1].text, cut) == (left, "line 05", is_cut)


@pytest.mark.parametrize(
    ("extent", "asked"),
    [
        (Extent(lines=5), {"timestamps": 1, "tail": 5}),
        (Extent(lines=5, since=1700000000.5), {"timestamps": 1, "tail": 5, "since": "1700000000.500"}),
        (Extent(lines=5, grep=re.compile("x")), {"timestamps": 1, "tail": "all"}),
    ],
)
def test_what_the_engine_is_asked(extent: Extent, asked: dict[str, t.Any]) -> None:
    engine = Engine(b"")
    read_log(t.cast(t.Any, engine), answer(), extent)
    assert engine.asked == asked


def test_a_driver_that_cannot_be_read_is_told() -> None:
    engine = t.cast(t.Any, Engine(b"", refused="configured logging driver does not support reading"))
    with pytest.raises(Failure, match=r"container web cannot be read .* driver is gelf .*log_config: {type: local}"):
        read_log(engine, answer(driver="gelf"), ALL)
    with pytest.raises(Failure, match=r"^Docker could not"):
        read_log(engine, answer(), ALL)
    assert read_output(engine, "web", False).text.startswith("(the container's log lines are not available: Docker")


def test_a_log_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_log, "READ_WITHIN", 0)
    with pytest.raises(Failure, match=r"log of container web is too long: .* shorter since"):
        read(frame(at(1) + b"a\n"))


@pytest.mark.parametrize(("terminal", "raw"), [(True, b"a\r\nb"), (False, frame(b"a\r\n") + frame(b"b", 2))])
def test_output(terminal: bool, raw: bytes) -> None:
    assert read_output(t.cast(t.Any, Engine(raw)), "web", terminal).text == "a\r\nb"


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-29T08:00:00.123456789Z", "2026-11-29T08:00:00.123456789Z"),
        ("2026-11-29T08:00:00Z", "2026-11-29T08:00:00.000000000Z"),
        ("2026-11-29T08:00:00.5Z", "2026-11-29T08:00:00.500000000Z"),
        ("2026-11-29T01:30:00.25+02:00", "2026-11-28T23:30:00.250000000Z"),
    ],
)
def test_times_sort_as_texts(written: str, utc: str) -> None:
    found = container_log.TIME.fullmatch(written.encode())
    assert found
    assert in_utc(*found.groups()) == utc
