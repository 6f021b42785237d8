# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.exec_size import LONGEST, too_large

KB = 1024
WORD = "x" * 100 * KB


@pytest.mark.parametrize(
    ("words", "environment", "secrets", "stack", "says"),
    [
        pytest.param([], {}, {}, None, [], id="nothing"),
        pytest.param(["x" * (LONGEST - 1)], {}, {}, None, [], id="just fits"),
        pytest.param(
            ["sh", "x" * LONGEST], {}, {}, None, ["^service_container.command: argument 2: has 131072"], id="word"
        ),
        pytest.param(
            ["ü" * (LONGEST // 2)], {}, {}, None, ["argument 1: has 131072 bytes"], id="bytes, not characters"
        ),
        pytest.param([], {"A": "x" * (LONGEST - 3)}, {}, None, [], id="entry just fits"),
        pytest.param(
            [], {"A": "x" * (LONGEST - 2)}, {}, None, ["^service_container.environment.A: has 131072"], id="entry"
        ),
        pytest.param([], {}, {"S": "x" * LONGEST}, None, ["^service_secrets.S: has 131074"], id="secret"),
        pytest.param(["x" * LONGEST], {"A": "x" * LONGEST}, {}, None, ["environment.A", "argument 1"], id="both"),
        pytest.param([WORD] * 20, {}, {}, None, [], id="together just fit"),
        pytest.param([WORD] * 21, {}, {}, None, ["^service_container: command and environment"], id="together"),
        pytest.param([WORD] * 21, {}, {}, 16 * KB * KB, [], id="a larger stack"),
        pytest.param([WORD] * 2, {}, {}, 64 * KB, ["no program with more than 131072"], id="a small stack"),
        pytest.param([WORD] * 62, {}, {}, -1, ["no program with more than 6291456"], id="no limit of the stack"),
    ],
)
def test_too_large(
    words: list[str], environment: dict[str, str], secrets: dict[str, str], stack: int | None, says: list[str]
) -> None:
    told = list(too_large(words, environment, secrets, stack))
    assert len(told) == len(says)
    for pattern, sentence in zip(says, told, strict=True):
        assert re.search(pattern, sentence)
        assert len(sentence) < 300  # never the value itself
