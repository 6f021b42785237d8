# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._masking import masked


def test_values_are_masked_the_longest_first() -> None:
    values = {"A": "horse", "B": "correct horse", "C": "", "D": 12345}
    assert masked("a correct horse, a horse, 12345", values) == "a ********, a ********, ********"


PEM = "-----BEGIN KEY-----\nMIIEvQIBADAN\n  kqhkiG9w0BAQ\nab==\n-----END KEY-----\n"


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        pytest.param(PEM, "key: MIIEvQIBADAN", "key: ********", id="one line of a key"),
        pytest.param(PEM, "kqhkiG9w0BAQ", "********", id="a line that was indented"),
        pytest.param(PEM, f"<{PEM.strip()}>", "<********>", id="the key without its last newline"),
        pytest.param(PEM, json.dumps({"key": PEM}), '{"key": "********"}', id="a key in JSON"),
        pytest.param(PEM, "ab==", "ab==", id="a line too short to be masked"),
        pytest.param('say "hi" now', r'{"a": "say \"hi\" now"}', '{"a": "********"}', id="quotes in JSON"),
        pytest.param("grün und gut", r"gr\u00fcn und gut", "********", id="no ASCII in JSON"),
        pytest.param("first one\r\nsecond one", "second one", "********", id="lines by Windows"),
        pytest.param("abc", "abc", "abc", id="three characters"),
        pytest.param("abcd", "abcd", "********", id="four characters"),
        pytest.param(True, "true", "********", id="a boolean as YAML writes it"),
        pytest.param("1", "exit code 1", "exit code 1", id="one digit"),
    ],
)
def test_what_a_container_writes_of_a_secret_is_masked(value: t.Any, text: str, expected: str) -> None:
    assert masked(text, {"A": value}) == expected
