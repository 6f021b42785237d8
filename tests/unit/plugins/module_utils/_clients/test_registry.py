# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registry tells of an image before it is pulled."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import registry

BASE = "http://registry:5000/v2/web"
MANIFEST = {"config": {"digest": "sha256:c"}, "layers": [{"size": 5}, {"size": 6}]}
CONFIG = {"architecture": "arm64", "rootfs": {"diff_ids": ["a", "b"]}}
INDEX = {
    "manifests": [
        {"digest": "sha256:m", "platform": {"architecture": "arm64"}},
        {"digest": "sha256:x", "platform": {"architecture": "s390x"}},
        {"digest": "sha256:y", "platform": {"architecture": "unknown"}},
    ]
}
LAYERS = (registry.Layer("a", 5), registry.Layer("b", 6))


@pytest.mark.parametrize(
    ("answers", "asked", "described"),
    [
        pytest.param({}, "arm64", None, id="nothing"),
        pytest.param(
            {"manifests/sha256:1": MANIFEST, "blobs/sha256:c": CONFIG}, "amd64", (("arm64",), LAYERS), id="one image"
        ),
        pytest.param(
            {"manifests/sha256:1": INDEX, "manifests/sha256:m": MANIFEST, "blobs/sha256:c": CONFIG},
            "arm64",
            (("arm64",), LAYERS),
            id="of an index",
        ),
        pytest.param({"manifests/sha256:1": INDEX}, "amd64", (("arm64", "s390x"), ()), id="not in an index"),
        pytest.param({"manifests/sha256:1": MANIFEST}, "arm64", None, id="no configuration"),
    ],
)
def test_described(
    answers: dict[str, t.Any], asked: str, described: tuple[t.Any, ...] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_get", {f"{BASE}/{k}": v for k, v in answers.items()}.get)
    assert registry.describe("registry:5000/web@sha256:1", asked) == described


def test_the_hub_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_get", pytest.fail)
    assert registry.describe("library/web@sha256:1", "amd64") is None
