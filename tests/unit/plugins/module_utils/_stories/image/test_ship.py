# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.build import Build
from ansible_collections.longshore.fleet.plugins.module_utils._stories.image.ship import (
    built,
    built_elsewhere,
    own_image,
    pushed,
    resolved,
)

REPOSITORY = "127.0.0.1:5000/web"


class FakeImages:
    """An engine and a registry as two dicts of references; remembers what it did."""

    def __init__(self, engine: dict[str, str], registry: dict[str, str]) -> None:
        self.engine = engine
        self.registry = registry
        self.done: list[str] = []

    def local_id(self, reference: str) -> str | None:
        return self.engine.get(reference)

    def local_digest(self, reference: str) -> str | None:
        return self.engine.get(reference)

    def platform(self) -> dict[str, str]:
        return {}

    def registry_digest(self, reference: str) -> str | None:
        if reference.startswith("down/"):
            raise Failure("The registry down cannot be used.")
        return self.registry.get(reference)

    def build(self, build: Build, reference: str, labels: dict[str, str]) -> None:
        assert labels == {"longshore.content": build.content}
        self.done.append("build")
        self.engine[reference] = "sha256:id"

    def tag(self, reference: str, repository: str, tag: str) -> None:
        self.done.append(f"tag {tag}")
        self.engine[f"{repository}:{tag}"] = self.engine[reference]

    def push(self, repository: str, tag: str) -> str:
        self.done.append("push" if tag.startswith("c-") else f"push {tag}")
        self.registry[f"{repository}:{tag}"] = "sha256:digest"
        self.engine[f"{repository}@sha256:digest"] = self.engine[f"{repository}:{tag}"]
        return "sha256:digest"

    def pull(self, reference: str) -> None:
        self.done.append("pull")
        self.engine[reference] = "sha256:id"


@pytest.fixture
def options(tmp_path: Path) -> dict[str, t.Any]:
    (tmp_path / "Dockerfile").write_text("FROM debian:12")
    return {
        "name": "web",
        "registry": "127.0.0.1:5000",
        "context": str(tmp_path),
        "dockerfile": "Dockerfile",
        "args": {},
        "target": None,
        "network": None,
        "timeout": "1h",
        "version": None,
    }


@pytest.mark.parametrize(
    ("path", "ignore"),
    [
        pytest.param("fleet.key", "", id="in the context"),
        pytest.param("inventories/lab/fleet.key", "", id="below it"),
        pytest.param(".fleet.key.1234", "", id="one that is just being made"),
        pytest.param("fleet.key", "*\n!fleet.key\n!Dockerfile", id="asked for by the ignore file"),
    ],
)
def test_a_fleet_key_never_travels(options: dict[str, t.Any], tmp_path: Path, path: str, ignore: str) -> None:
    (tmp_path / ".dockerignore").write_text(ignore)
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("0" * 64)
    image = own_image(t.cast(t.Any, FakeImages({"debian:12": "sha256:base"}, {})), options)
    assert path not in {entry.path for entry in image.build.context.entries}
    result = built(t.cast(t.Any, FakeImages({}, {})), image, check=True)
    assert result["warnings"] == [
        f"service_image.context: {tmp_path}: {path} is left out, as the fleet key never leaves the controller."
    ]


def test_the_time_of_a_build_is_no_content(options: dict[str, t.Any]) -> None:
    images = t.cast(t.Any, FakeImages({"debian:12": "sha256:base"}, {}))
    builds = [own_image(images, {**options, "timeout": timeout}).build for timeout in ("1h", "90s")]
    assert [build.timeout for build in builds] == [3600, 90]
    assert len({build.content for build in builds}) == 1
    with pytest.raises(Failure, match=r"service_image.timeout: 'soon' is not a valid duration"):
        own_image(images, {**options, "timeout": "soon"})


class Case(t.NamedTuple):
    """What is there before (``content`` stands for the content tag), and what is to be done."""

    engine: dict[str, str]
    registry: dict[str, str]
    version: str | None
    done: list[str]


BUILT = {
    "nothing there": Case({}, {}, None, ["build"]),
    "already built": Case({"content": "sha256:id"}, {}, None, []),
    "in the registry only": Case({}, {"content": "sha256:digest"}, None, ["build"]),
    "first version": Case({}, {}, "1.4", ["build", "tag 1.4"]),
    "version moves": Case({"content": "sha256:id", "1.4": "sha256:old"}, {}, "1.4", ["tag 1.4"]),
    "version is there": Case({"content": "sha256:id", "1.4": "sha256:id"}, {}, "1.4", []),
}
PUSHED = {
    "nothing there": Case({}, {}, None, ["build", "push"]),
    "built before": Case({"content": "sha256:id"}, {}, None, ["push"]),
    "pushed before": Case({"content": "sha256:id"}, {"content": "sha256:digest"}, None, []),
    "pushed by another machine": Case({}, {"content": "sha256:digest"}, None, []),
    "first version": Case({}, {}, "1.4", ["build", "push", "tag 1.4", "push 1.4"]),
    "version moves": Case(
        {"content": "sha256:id", "@sha256:digest": "sha256:id"},
        {"content": "sha256:digest", "1.4": "sha256:old"},
        "1.4",
        ["tag 1.4", "push 1.4"],
    ),
    "version of an image from another machine": Case(
        {}, {"content": "sha256:digest"}, "1.4", ["pull", "tag 1.4", "push 1.4"]
    ),
    "version is there": Case({}, {"content": "sha256:digest", "1.4": "sha256:digest"}, "1.4", []),
    "version is in the registry, content is lost": Case(
        {"content": "sha256:id"}, {"1.4": "sha256:digest"}, "1.4", ["push", "tag 1.4", "push 1.4"]
    ),
}


def tell(story: t.Callable[..., t.Any], case: Case, options: dict[str, t.Any], check: bool) -> tuple[t.Any, t.Any]:
    """Return the story's result, and the fake afterwards."""
    image = own_image(FakeImages({"debian:12": "sha256:base"}, {}), {**options, "version": case.version})

    def named(places: dict[str, str]) -> dict[str, str]:
        full = {"content": image.by_content}
        return {full.get(k, REPOSITORY + (k if k.startswith("@") else f":{k}")): v for k, v in places.items()}

    images = FakeImages(named(case.engine), named(case.registry))
    return story(images, image, check), images


@pytest.mark.parametrize(
    ("story", "case"),
    [
        *(pytest.param(built, case, id=f"built: {name}") for name, case in BUILT.items()),
        *(pytest.param(pushed, case, id=f"pushed: {name}") for name, case in PUSHED.items()),
    ],
)
class TestStories:
    def test_does_what_is_missing(self, story: t.Any, case: Case, options: dict[str, t.Any]) -> None:
        result, images = tell(story, case, options, check=False)
        assert images.done == case.done
        assert result["changed"] == bool(case.done)
        assert (result["built"], result["pushed"]) == ("build" in case.done, "push" in case.done)

    def test_check_mode_plans_the_same_and_does_nothing(
        self, story: t.Any, case: Case, options: dict[str, t.Any]
    ) -> None:
        planned, images = tell(story, case, options, check=True)
        result, _images = tell(story, case, options, check=False)
        assert images.done == []
        for key in ("changed", "built", "pushed", "actions", "content", "version"):
            assert planned[key] == result[key]
        assert planned["reference"] in (result["reference"], None)
        assert planned["diff"]["before"] == result["diff"]["before"]

    def test_nothing_is_left_to_do(self, story: t.Any, case: Case, options: dict[str, t.Any]) -> None:
        first, images = tell(story, case, options, check=False)
        image = own_image(FakeImages({"debian:12": "sha256:base"}, {}), {**options, "version": case.version})
        again = story(images, image, False)
        assert again["changed"] is False
        assert again["diff"]["before"] == again["diff"]["after"] == first["diff"]["after"]
        assert again["reference"] == first["reference"]


def test_references(options: dict[str, t.Any]) -> None:
    case = Case({}, {}, "1.4", [])
    local, _images = tell(built, case, options, check=False)
    shipped, images = tell(pushed, case, options, check=False)
    assert local["reference"] == "sha256:id"
    assert shipped["reference"] == f"{REPOSITORY}@sha256:digest"
    assert images.registry == {
        f"{REPOSITORY}:{shipped['content']}": "sha256:digest",
        f"{REPOSITORY}:1.4": "sha256:digest",
    }
    assert shipped["actions"] == [
        f"build {REPOSITORY}:{shipped['content']}",
        f"push {REPOSITORY}:{shipped['content']}",
        f"tag {REPOSITORY}:{shipped['content']} as 1.4",
    ]


def test_diff_of_a_plan_says_what_is_not_known_yet(options: dict[str, t.Any]) -> None:
    result, _images = tell(pushed, Case({}, {"1.4": "sha256:old"}, "1.4", []), options, check=True)
    content = f"{REPOSITORY}:{result['content']}"
    assert result["diff"] == {
        "before": {content: None, f"{REPOSITORY}:1.4": "sha256:old"},
        "after": {content: "known after the push", f"{REPOSITORY}:1.4": "known after the push"},
    }


def test_resolved(options: dict[str, t.Any]) -> None:
    image = own_image(FakeImages({"debian:12": "sha256:base"}, {}), options)
    result = resolved(FakeImages({}, {image.by_content: "sha256:digest"}), image)
    assert (result["changed"], result["reference"]) == (False, f"{REPOSITORY}@sha256:digest")
    with pytest.raises(Failure, match=r"web:c-.* is not in the registry.* Run ship\.yml"):
        resolved(FakeImages({}, {}), image)


@pytest.mark.parametrize(
    ("version", "shown"), [pytest.param(None, "1.4", id="its tag"), pytest.param("spring", "spring", id="given")]
)
def test_built_elsewhere(version: str | None, shown: str) -> None:
    images = FakeImages({}, {f"{REPOSITORY}:1.4": "sha256:digest"})
    result = built_elsewhere(images, f"{REPOSITORY}:1.4", version)
    assert (result["changed"], result["content"], result["version"]) == (False, "sha256:digest", shown)
    assert result["reference"] == f"{REPOSITORY}@sha256:digest"
    assert images.done == []


def test_built_elsewhere_and_not_there() -> None:
    with pytest.raises(Failure, match=r"from: 127\.0\.0\.1:5000/web:1\.5 is not in its registry"):
        built_elsewhere(FakeImages({}, {}), f"{REPOSITORY}:1.5", None)


@pytest.mark.parametrize(
    ("base", "engine", "registry", "digest"),
    [
        pytest.param("debian:12", {"debian:12": "sha256:a"}, {"debian:12": "sha256:b"}, "sha256:a", id="local"),
        pytest.param("debian:12", {}, {"debian:12": "sha256:b"}, "sha256:b", id="registry"),
        pytest.param("debian@sha256:c", {}, {}, "sha256:c", id="pinned: nobody is asked"),
    ],
)
def test_bases(
    options: dict[str, t.Any], base: str, engine: dict[str, str], registry: dict[str, str], digest: str
) -> None:
    Path(options["context"], "Dockerfile").write_text(f"FROM {base}")
    assert own_image(FakeImages(engine, registry), options).build.bases == {base: digest}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"context": "/nowhere"}, "context: /nowhere is not a folder", id="no context"),
        pytest.param({"dockerfile": "../Dockerfile"}, r"\.\./Dockerfile is not below the context", id="outside"),
        pytest.param({"dockerfile": "/etc/hosts"}, "/etc/hosts is not below the context", id="absolute"),
        pytest.param(
            {"dockerfile": "Other"}, r"/Other cannot be read \(No such file or directory\)", id="no Dockerfile"
        ),
        pytest.param({"version": "feature/x"}, "version: 'feature/x' cannot be a tag", id="no tag"),
        pytest.param({"args": {"A": []}}, r"args\.A", id="argument"),
    ],
)
def test_wrong_options(options: dict[str, t.Any], wrong: dict[str, t.Any], said: str) -> None:
    with pytest.raises(Failure, match=said):
        own_image(FakeImages({"debian:12": "sha256:base"}, {}), {**options, **wrong})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "Dockerfile: is empty, and builds nothing", id="empty"),
        pytest.param("FROM debian:12\nCOPY nosuch /", "Dockerfile:2: COPY nosuch: it is not in", id="source"),
        pytest.param("FROM nowhere\nCOPY nosuch /", "Dockerfile:2: COPY nosuch: it is not in", id="before its base"),
    ],
)
def test_wrong_dockerfiles(options: dict[str, t.Any], text: str, said: str) -> None:
    Path(options["context"], "Dockerfile").write_text(text)
    with pytest.raises(Failure, match=said):
        own_image(FakeImages({"debian:12": "sha256:base"}, {}), options)


@pytest.mark.parametrize(
    ("base", "said"),
    [
        pytest.param(
            "debian:12", "starts from debian:12, which neither this engine nor its registry has", id="nowhere"
        ),
        pytest.param("down/web", "starts from down/web, which this engine does not have. The registry down", id="down"),
    ],
)
def test_base_that_cannot_be_had(options: dict[str, t.Any], base: str, said: str) -> None:
    Path(options["context"], "Dockerfile").write_text(f"FROM {base}")
    with pytest.raises(Failure, match=said):
        own_image(FakeImages({}, {}), options)


def test_without_registry_the_name_is_the_repository(options: dict[str, t.Any]) -> None:
    image = own_image(
        FakeImages({"debian:12": "sha256:base"}, {}), {**options, "registry": None, "name": "docker.io/acme/web"}
    )
    assert image.by_content.startswith("docker.io/acme/web:c-")
