# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._stories.image.copy import Copy, copied

DIGEST = f"sha256:{'0f3c' * 16}"
OTHER = f"sha256:{'9' * 64}"
SOURCE, TARGET = "staging:5000/web", "production:5000/web"


class FakeImages:
    """A registry as a dict of references; what is pushed there gets a digest that the case says."""

    def __init__(self, registry: dict[str, str], pushed: str) -> None:
        self.registry = registry
        self.pushed = pushed
        self.done: list[str] = []

    def registry_digest(self, reference: str) -> str | None:
        return self.registry.get(reference)

    def pull(self, reference: str) -> None:
        self.done.append(f"pull {reference}")

    def tag(self, reference: str, repository: str, tag: str) -> None:
        self.done.append(f"tag {reference} {repository}:{tag}")

    def push(self, repository: str, tag: str) -> str:
        self.done.append(f"push {repository}:{tag}")
        return self.pushed


def copy(**options: t.Any) -> Copy:
    return Copy.from_options({"source": f"{SOURCE}@{DIGEST}", "repository": TARGET, "tag": "c-1", **options})


@pytest.mark.parametrize(
    ("options", "registry", "tag"),
    [
        pytest.param({}, {}, "c-1", id="under its tag"),
        pytest.param({"tag": None}, {}, "0f3c0f3c0f3c", id="without a tag"),
        pytest.param({}, {f"{TARGET}:c-1": OTHER}, "c-1-0f3c0f3c0f3c", id="a tag of another image is not moved"),
        pytest.param({"repository": f"{TARGET}/"}, {}, "c-1", id="a slash too many"),
    ],
)
def test_what_is_not_there_is_pulled_tagged_and_pushed(
    options: dict[str, t.Any], registry: dict[str, str], tag: str
) -> None:
    images: t.Any = FakeImages(registry, DIGEST)
    result = copied(images, copy(**options), check=False)
    assert result["reference"] == f"{TARGET}@{DIGEST}"
    assert result["changed"]
    assert images.done == [
        f"pull {SOURCE}@{DIGEST}",
        f"tag {SOURCE}@{DIGEST} {TARGET}:{tag}",
        f"push {TARGET}:{tag}",
    ]


@pytest.mark.parametrize(
    ("repository", "registry"),
    [
        pytest.param(SOURCE, {}, id="the same repository"),
        pytest.param(TARGET, {f"{TARGET}@{DIGEST}": DIGEST}, id="there already"),
    ],
)
def test_what_is_there_is_only_named(repository: str, registry: dict[str, str]) -> None:
    images: t.Any = FakeImages(registry, DIGEST)
    result = copied(images, copy(repository=repository), check=False)
    assert result == {"changed": False, "reference": f"{repository}@{DIGEST}", "actions": []}
    assert images.done == []


def test_check_mode_copies_nothing() -> None:
    images: t.Any = FakeImages({}, DIGEST)
    result = copied(images, copy(), check=True)
    assert result == {"changed": True, "reference": None, "actions": [f"copy {SOURCE}@{DIGEST} to {TARGET}:c-1"]}
    assert images.done == []


def test_another_digest_is_refused_with_what_copies_as_it_is() -> None:
    images: t.Any = FakeImages({}, OTHER)
    with pytest.raises(Failure, match=rf"another digest in {TARGET}: {OTHER}.* skopeo copy --all docker://{SOURCE}@"):
        copied(images, copy(), check=False)


@pytest.mark.parametrize("source", [f"{SOURCE}:1.4", SOURCE, f"{SOURCE}@sha256:0f3c", DIGEST])
def test_only_a_digest_names_an_image_for_good(source: str) -> None:
    with pytest.raises(Failure, match="names no digest"):
        copy(source=source)
