# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.prune import prune

THERE = ["r/web@sha256:1", "r/web@sha256:2", "r/web@sha256:3"]


@pytest.mark.parametrize(
    ("reference", "keep", "gone"),
    [
        pytest.param("r/web@sha256:3", ["r/web@sha256:2"], ["r/web@sha256:1"], id="neither kept nor run"),
        pytest.param("r/web@sha256:9", ["r/web@sha256:9"], THERE, id="all but what is kept"),
        pytest.param("r/web@sha256:3", [], [], id="nothing is known of what to keep"),
        pytest.param("web:latest", ["r/web@sha256:2"], [], id="an image without a digest"),
    ],
)
def test_images_of_old_releases_go(reference: str, keep: list[str], gone: list[str]) -> None:
    removed: list[str] = []
    asked = {"r/web": THERE}
    docker = SimpleNamespace(digests=lambda repository: asked[repository], remove_image=removed.append)
    prune(t.cast(t.Any, SimpleNamespace(docker=docker)), reference, keep)
    assert removed == gone
