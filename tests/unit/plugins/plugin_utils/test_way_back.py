# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import schema
from ansible_collections.longshore.fleet.plugins.plugin_utils._signing import signature_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._way_back import RENDERED, lines_of_way_back

KEY = b"k" * 32
UNSIGNED: dict[str, t.Any] = {"id": "r-1", "service": "web", "image": {"content": "c-1"}, "code": None}
SIGNED = {**UNSIGNED, "signature": signature_of(UNSIGNED, KEY, "fleet")}


@pytest.mark.parametrize(
    ("record", "key", "on_failure", "told"),
    [
        pytest.param(SIGNED, KEY, "rollback", [], id="signed"),
        pytest.param({}, KEY, "rollback", [], id="the first release"),
        pytest.param(UNSIGNED, KEY, "rollback", ["cannot go back to r-1, whose record has no valid"], id="unsigned"),
        pytest.param(SIGNED, b"x" * 32, "rollback", ["cannot go back to r-1"], id="signed by another controller"),
        pytest.param(SIGNED, None, "rollback", ["cannot go back to r-1"], id="no key here"),
        pytest.param(UNSIGNED, None, "stop", [], id="nobody wants to go back"),
    ],
)
def test_what_stands_in_the_way_of_going_back(
    record: dict[str, t.Any], key: bytes | None, on_failure: str, told: list[str]
) -> None:
    service = Service(name="web", prefix="fleet", rollout={"on_failure": on_failure})
    lines = list(lines_of_way_back(service, {"node1": {}, "node2": {"current_record": record}}, key))
    assert len(lines) == len(told)
    assert all(text in line for text, line in zip(told, lines, strict=True))


@pytest.mark.parametrize(
    ("extra", "on_failure", "told"),
    [
        pytest.param([], "rollback", "", id="none"),
        pytest.param(["service_image", "service_rollout", "service_hosts"], "rollback", "", id="what is not rendered"),
        pytest.param(["service_files", "service_container"], "rollback", "service_container, service_files", id="two"),
        pytest.param(["service_container"], "stop", "", id="nobody wants to go back"),
    ],
)
def test_extra_variables_that_would_outlast_going_back_are_told(extra: list[str], on_failure: str, told: str) -> None:
    service = Service(name="web", prefix="fleet", rollout={"on_failure": on_failure}, extra=extra)
    lines = list(lines_of_way_back(service, {"node1": {"current_record": SIGNED}}, KEY))
    assert bool(lines) is bool(told)
    assert all(f"on_failure: rollback would keep {told}: extra variables (-e) come before" in line for line in lines)


def test_keys_that_going_back_renders_are_keys_of_service_files() -> None:
    assert set(schema()) > RENDERED
