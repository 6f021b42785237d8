# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils.clients.images import Images, context_paths, repository_of
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.build import Build
from ansible_collections.longshore.fleet.plugins.module_utils.resources.context import Context

TREE = ("Dockerfile", "a.py", "a.pyc", "doc/b.md", "doc/keep.md", "src/c.py", "src/deep/c.pyc")


@pytest.mark.parametrize(
    ("ignored", "left_out"),
    [
        pytest.param("", set(), id="nothing"),
        pytest.param("# a.py\n\n", set(), id="comment"),
        pytest.param("a.py\n", {"a.py"}, id="file"),
        pytest.param("*.pyc", {"a.pyc"}, id="pattern at the top"),
        pytest.param("**/*.pyc", {"a.pyc", "src/deep/c.pyc"}, id="pattern everywhere"),
        pytest.param("/doc/", {"doc", "doc/b.md", "doc/keep.md"}, id="folder"),
        pytest.param("doc\n!doc/keep.md", {"doc", "doc/b.md"}, id="all of a folder but one"),
        pytest.param("*\n!src", {"a.py", "a.pyc", "doc", "doc/b.md", "doc/keep.md"}, id="never the Dockerfile"),
    ],
)
def test_dockerignore(tmp_path: Path, ignored: str, left_out: set[str]) -> None:
    for path in TREE:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    everything = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    (tmp_path / ".dockerignore").write_text(ignored)
    assert context_paths(tmp_path, "Dockerfile") == everything - left_out | {".dockerignore"}


def test_pattern_that_is_none(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("[z-a]")
    with pytest.raises(Failure, match=r"/\.dockerignore has a pattern that is none"):
        context_paths(tmp_path, "Dockerfile")


def test_context_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"build context .*/gone cannot be read at .*/gone \(No such file"):
        context_paths(tmp_path / "gone", "Dockerfile")


@pytest.mark.parametrize(
    ("reference", "repository"),
    [
        ("debian", "debian"),
        ("debian:12", "debian"),
        ("127.0.0.1:5000/web", "127.0.0.1:5000/web"),
        ("127.0.0.1:5000/web:1.2", "127.0.0.1:5000/web"),
        ("127.0.0.1:5000/team/web@sha256:00", "127.0.0.1:5000/team/web"),
        ("127.0.0.1:5000/web:1.2@sha256:00", "127.0.0.1:5000/web"),
    ],
)
def test_repository_of(reference: str, repository: str) -> None:
    assert repository_of(reference) == repository


class Engine:
    """A Docker client as far as it tells of images, held in a dict of references."""

    host = "unix:///run/docker.sock"

    def __init__(self, images: dict[str, t.Any]) -> None:
        self._images = images

    def image(self, reference: str) -> dict[str, t.Any] | None:
        return self._images.get(reference)


@pytest.mark.parametrize(
    ("reference", "digests", "identity"),
    [
        pytest.param("debian:12", [], "sha256:id", id="imported"),
        pytest.param("debian:12", ["debian@sha256:a"], "sha256:a", id="pulled"),
        pytest.param("docker.io/library/debian:12", ["debian@sha256:a"], "sha256:a", id="pulled by its long name"),
        pytest.param("debian:12", ["reg:5000/debian@sha256:a"], "sha256:id", id="pushed elsewhere"),
        pytest.param("reg:5000/debian:12", ["debian@sha256:b", "reg:5000/debian@sha256:a"], "sha256:a", id="both"),
    ],
)
def test_identity_of_a_local_image(reference: str, digests: list[str], identity: str) -> None:
    images = Images(Engine({reference: {"Id": "sha256:id", "RepoDigests": digests}}))
    assert images.local_digest(reference) == identity


def test_image_that_is_not_there_has_no_identity() -> None:
    assert Images(Engine({})).local_digest("debian:12") is None


@pytest.fixture
def build(tmp_path: Path) -> Build:
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\nCOPY --chmod=755 a b")
    return Build(
        context=Context.read(context, ["Dockerfile"]),
        dockerfile="Dockerfile",
        bases={},
        buildkit="COPY --chmod",
        args={"A": "1 2"},
        target="end",
        network="host",
    )


@pytest.fixture
def docker_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[[str], None]:
    """Puts a shell script in the place of the docker command."""

    def put(script: str) -> None:
        (tmp_path / "docker").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "docker").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return put


def test_buildkit_gets_the_context_and_all_options(
    build: Build, docker_command: t.Callable[[str], None], tmp_path: Path
) -> None:
    docker_command(
        f'printf "%s\\n" "$DOCKER_BUILDKIT" "$DOCKER_HOST" "$BUILDX_BUILDER" "$@" >{tmp_path}/called;'
        f" tar -t >{tmp_path}/context.list"
    )
    Images(Engine({})).build(build, "127.0.0.1:5000/web:c-00", {"longshore.content": "c-00"})
    assert (tmp_path / "called").read_text().splitlines() == [
        "1",
        Engine.host,
        "default",
        "build",
        "--progress=plain",
        "--file=Dockerfile",
        "--tag=127.0.0.1:5000/web:c-00",
        "--label=longshore.content=c-00",
        "--build-arg=A=1 2",
        "--target=end",
        "--network=host",
        "-",
    ]
    assert (tmp_path / "context.list").read_text() == "Dockerfile\n"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        pytest.param(
            "echo 'ERROR: BuildKit is enabled but the buildx component is missing or broken.' >&2; exit 1",
            r"Dockerfile needs BuildKit \(COPY --chmod\), and the docker command here has no buildx",
            id="no buildx",
        ),
        pytest.param(
            "seq 100; echo ' > [2/2] COPY --chmod=755 a b:'; echo 'not found: a'; exit 1",
            r"(?s)/Dockerfile failed at \[2/2\] COPY --chmod=755 a b:\n83\n.*\n100\n.*\nnot found: a$",
            id="failed step",
        ),
        pytest.param("echo 'no session'; exit 1", "Dockerfile failed at its start:\nno session$", id="no step"),
    ],
)
def test_failed_buildkit_build(build: Build, docker_command: t.Callable[[str], None], script: str, said: str) -> None:
    docker_command(script)
    with pytest.raises(Failure, match=said):
        Images(Engine({})).build(build, "web:c-00", {})


def test_buildkit_without_a_docker_command(build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failure, match=r"needs BuildKit .* no docker command here"):
        Images(Engine({})).build(build, "web:c-00", {})
