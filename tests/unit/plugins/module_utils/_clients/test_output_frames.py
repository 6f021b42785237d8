# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of an output: that it says where it was cut, and that no part of a secret shows there."""

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.output_frames import KEPT, Frames, Output
from ansible_collections.longshore.fleet.plugins.module_utils._masking import masked

SECRET = "correct-hörse-battery"


def frame(content: bytes, stream: int = 1) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(content).to_bytes(4, "big") + content


@pytest.mark.parametrize("size", [1, 3, 8, 1000])
def test_frames_come_whole(size: int) -> None:
    raw = frame(b"one") + frame(b"", 2) + frame(b"three", 2) + frame(b"four")[:-2]
    frames = Frames()
    whole = [f for start in range(0, len(raw), size) for f in frames.add(raw[start : start + size])]
    assert whole == [(1, b"one"), (2, b""), (2, b"three")]
    assert frames.begun == b"fo"


@pytest.mark.parametrize("missing", range(len(SECRET.encode()) + 1))
def test_a_secret_that_is_cut_is_masked(missing: int) -> None:
    """What is left of it, three characters at most, tells nothing."""
    text = SECRET.encode()[missing:] + b" "
    output = Output(framed=False)
    output.add(SECRET.encode()[:missing] + text + b"x" * (KEPT - len(text)))
    assert output.is_cut is bool(missing)
    shown = masked(output.text, {"PASSWORD": SECRET})
    assert "battery" not in shown
    assert "tery" not in shown


@pytest.mark.parametrize(
    ("written", "text", "is_cut"),
    [
        pytest.param("", "", False, id="nothing"),
        pytest.param("\r\n  a\n b\n\n", "  a\n b", False, id="the space before a line stays"),
        pytest.param("x" * KEPT, "x" * KEPT, False, id="as much as is kept"),
        pytest.param("y" + "x" * KEPT, "..." + "x" * (KEPT - 3), True, id="one more"),
    ],
)
def test_plain_and_framed_text(written: str, text: str, is_cut: bool) -> None:
    for framed in (False, True):
        output = Output(framed)
        output.add(frame(written.encode()) if framed else written.encode())
        assert (output.text, output.is_cut) == (text, is_cut)
