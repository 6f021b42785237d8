# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.node.leftover import Leftover


def inspected(name: str, image: str, *mounts: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"Name": f"/{name}", "Config": {"Image": image}, "Mounts": list(mounts)}


DATA, RANDOM = {"Type": "volume", "Name": "data"}, {"Type": "volume", "Name": "0123456789abcdef" * 4}
FOLDER = {"Type": "bind", "Source": "/srv/web"}


@pytest.mark.parametrize(
    ("answers", "containers", "images", "volumes"),
    [
        pytest.param([], [], [], [], id="registered only"),
        pytest.param([inspected("web", "a@1", DATA, FOLDER, RANDOM)], ["web"], ["a@1"], ["data"], id="named volumes"),
        pytest.param(
            [inspected("web", "a@2", DATA), inspected("web.previous", "a@1", DATA)],
            ["web", "web.previous"],
            ["a@2", "a@1"],
            ["data"],
            id="a launch that was killed",
        ),
        pytest.param([{**inspected("web", "a@1"), "Mounts": None}], ["web"], ["a@1"], [], id="no mounts"),
    ],
)
def test_what_an_instance_has(
    answers: list[dict[str, t.Any]], containers: list[str], images: list[str], volumes: list[str]
) -> None:
    result = Leftover.from_inspects("shop", "web", True, answers).to_result()
    assert result == {
        "service": "shop",
        "instance": "web",
        "noted": True,
        "containers": containers,
        "images": images,
        "volumes": volumes,
    }
