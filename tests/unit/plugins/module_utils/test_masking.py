# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import time
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._masking import (
    beginning,
    ending,
    masked,
)


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
        pytest.param("ab/cd/ef", r"ab\/cd\/ef", "********", id="slashes by PHP"),
        pytest.param("a<b>&c", r"a\u003cb\u003e\u0026c", "********", id="signs by Go"),
        pytest.param("a<b>&c", r"a\u003Cb\u003E\u0026c", "********", id="signs with capital digits"),
        pytest.param("caf\u00c9!", r"caf\u00C9!", "********", id="no ASCII with capital digits"),
        pytest.param('a+"b"', r"a\u002B\u0022b\u0022", "********", id="signs by .NET"),
        pytest.param("it's so", r"'it\'s so'", "'********'", id="an apostrophe in quotes"),
        pytest.param("key \U0001f511", r"key \uD83D\uDD11", "********", id="beyond the first plane"),
        pytest.param("a\\nb\\c", r"a\\nb\\c", "********", id="backslashes in JSON"),
        pytest.param("C:\\new\\1", "C:\\new\\1", "********", id="backslashes as they are"),
        pytest.param(
            'say "hi"/now',
            json.dumps({"log": json.dumps({"a": 'say "hi"/now'})}),
            r'{"log": "{\"a\": \"********\"}"}',
            id="JSON within JSON",
        ),
        pytest.param(
            PEM,
            json.dumps({"log": json.dumps({"key": PEM})}),
            r'{"log": "{\"key\": \"********\"}"}',
            id="a key in JSON within JSON",
        ),
        pytest.param("a/b<c", json.dumps({"log": r"a\/b\u003cc"}), '{"log": "********"}', id="PHP's JSON within JSON"),
        pytest.param("abcd", "abcdabcd", "****************", id="twice without a break"),
        pytest.param("first one\r\nsecond one", "second one", "********", id="lines by Windows"),
        pytest.param("abc", "abc", "abc", id="three characters"),
        pytest.param("abcd", "abcd", "********", id="four characters"),
        pytest.param(True, "true", "********", id="a boolean as YAML writes it"),
        pytest.param("1", "exit code 1", "exit code 1", id="one digit"),
    ],
)
def test_what_a_container_writes_of_a_secret_is_masked(value: t.Any, text: str, expected: str) -> None:
    assert masked(text, {"A": value}) == expected


@pytest.mark.parametrize("length", range(4, 60))
def test_a_part_of_a_secret_at_a_cut_is_masked(length: int) -> None:
    text = "{'pass': 'correct-horse-battery', 'code': 'staple/again'}"
    values = {"A": "correct-horse-battery", "B": "staple/again"}
    for shown in (beginning(text, length), ending(text, length)):
        assert len(shown) <= length
        told = masked(shown, values)
        assert not [
            part for value in values.values() for n in range(len(value) - 3) if (part := value[n : n + 4]) in told
        ]


def test_many_secrets_in_many_lines_are_masked_in_no_time() -> None:
    values = {f"S{number}": f"secret/{number:04}/value" for number in range(100)}
    lines = [json.dumps({"log": f"line {number} of {'x' * 200}"}) for number in range(1000)]
    began = time.process_time()
    for line in [*lines, json.dumps("\\" * 20000), "\n" * 20000, "." * 60000]:
        masked(line, values)
    assert time.process_time() - began < 5
