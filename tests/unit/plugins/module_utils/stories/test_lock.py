# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What three hosts of a lab never show: a rollout of many short turns."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.release import Keys
from ansible_collections.longshore.fleet.plugins.module_utils.stories.lock import Lock


class Consul:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def put(self, path: str, *_arguments: t.Any) -> t.Any:
        self.asked.append(path)
        return {"ID": "s-1"} if path == "session/create" else True


@pytest.mark.parametrize("prefix", ["a/../b", "..", "a//b", ".", "a/./b"])
def test_a_prefix_that_http_would_change_is_told_as_such(prefix: str) -> None:
    with pytest.raises(Failure, match=r"^service_prefix: .* is not a valid path in Consul's KV"):
        Keys(prefix, "web")


def test_slashes_around_a_prefix_do_not_count() -> None:
    assert Keys("/fleet/a/", "web").lock == "fleet/a/services/web/lock"


def test_each_turn_renews_the_session_however_short_it_is() -> None:
    consul = Consul()
    lock = Lock(t.cast(t.Any, consul), Keys("longshore", "web"), "s-1")
    for _turn in range(3):
        with lock.kept():
            pass
    assert consul.asked == ["session/renew/s-1"] * 3


def test_it_costs_four_requests_and_renewals() -> None:
    consul = Consul()
    lock = Lock(t.cast(t.Any, consul), Keys("longshore", "web"))
    lock.acquire("anna", "laptop", "a deploy", wait=0)
    lock.release()
    asked = [path for path in consul.asked if not path.startswith("session/renew/")]
    assert asked == ["session/create", f"kv/{lock.key}", f"kv/{lock.key}", "session/destroy/s-1"]
