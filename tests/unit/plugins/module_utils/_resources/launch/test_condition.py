# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.condition import Condition

URL = "http://127.0.0.1:9200/"
GREEN = '{"status": "green", "nodes": [{"up": true}], "number": 3, "nothing": null}'


@pytest.mark.parametrize(
    ("options", "status", "text", "lacks"),
    [
        pytest.param({}, 200, "", "", id="any of 2xx"),
        pytest.param({}, 503, "starting", "HTTP 503: starting", id="none of them"),
        pytest.param({"status": 404}, 404, "", "", id="the status that is asked for"),
        pytest.param({"status": 404}, 200, "here", "HTTP 200: here", id="another"),
        pytest.param({"json": {"status": "green"}}, 200, GREEN, "", id="value"),
        pytest.param({"json": {"status": "red"}}, 200, GREEN, "status is green, not red", id="another value"),
        pytest.param({"json": {"number": "3", "nodes.0.up": "true"}}, 200, GREEN, "", id="as templates make them"),
        pytest.param({"json": {"number": 3, "nodes.0.up": True}}, 200, GREEN, "", id="as JSON has them"),
        pytest.param({"json": {"nothing": None, "nodes.1.up": None}}, 200, GREEN, "", id="not there"),
        pytest.param({"json": {"a.b": "x"}}, 200, GREEN, "a.b is null, not x", id="no such path"),
        pytest.param({"json": {"a": 1, "number": 4}}, 200, GREEN, "a is null, not 1, number is 3, not 4", id="both"),
        pytest.param({"json": {"a": 1}}, 200, "<html>", "the answer is not JSON: HTTP 200: <html>", id="no JSON"),
    ],
)
def test_answer(options: dict[str, t.Any], status: int, text: str, lacks: str) -> None:
    assert Condition.from_options({"http": URL, **options}, "here").lacks(status, text) == lacks


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({}, "say either http", id="nothing"),
        pytest.param({"http": URL, "command": ["true"]}, "say either http", id="both"),
        pytest.param({"http": "127.0.0.1"}, "is not a valid URL", id="no URL"),
        pytest.param({"command": ["true"], "status": 200}, r"\.status: belongs to http", id="status of a command"),
        pytest.param({"command": ["true"], "ca_file": "/ca.pem"}, r"\.ca_file: belongs to http", id="CA of a command"),
        pytest.param({"command": ["true"], "verify": False}, r"\.verify: belongs to http", id="trust of a command"),
        pytest.param({"http": URL, "ca_file": "ca.pem"}, r"\.ca_file: .*an absolute path", id="CA at no path"),
        pytest.param(
            {"http": URL, "ca_file": "/ca.pem", "verify": False}, r"\.ca_file: has no effect", id="CA for nothing"
        ),
        pytest.param({"http": URL, "timeout": "long"}, r"\.timeout: 'long' is not a valid duration", id="timeout"),
    ],
)
def test_wrong(options: dict[str, t.Any], said: str) -> None:
    with pytest.raises(Failure, match=rf"service_gate\.before\[0\].*{said}"):
        Condition.from_options(options, "service_gate.before[0]")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"http": URL}, ("", True), id="nothing is said"),
        pytest.param({"http": URL, "ca_file": None, "verify": True}, ("", True), id="as a module fills it in"),
        pytest.param({"http": URL, "ca_file": "/ca.pem", "verify": True}, ("/ca.pem", True), id="a CA"),
        pytest.param({"http": URL, "ca_file": None, "verify": False}, ("", False), id="nothing is verified"),
        pytest.param({"command": ["true"], "ca_file": None, "verify": True}, ("", True), id="a command"),
    ],
)
def test_whom_it_trusts(options: dict[str, t.Any], expected: tuple[str, bool]) -> None:
    made = Condition.from_options(options, "here")
    assert (made.ca_file, made.verify) == expected
