# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_address import EngineAddress
from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import Images, repository_of
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.build import Build
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.context import Context


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
    address = EngineAddress(host)

    def __init__(self, images: dict[str, t.Any]) -> None:
        self._images = images

    def image(self, reference: str) -> dict[str, t.Any] | None:
        return self._images.get(reference)

    def room(self, reason: str) -> str:
        return ". The disk is full" if "no space left" in reason else ""


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
    """Put a shell script in the place of the docker command."""

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
        f' for last in "$@"; do :; done; ls -A "$last" >{tmp_path}/context.list;'
        f' cp "$last/../Dockerfile" "$last/../Dockerfile.dockerignore" {tmp_path}'
    )
    Images(Engine({})).build(build, "127.0.0.1:5000/web:c-00", {"longshore.content": "c-00"})
    *called, folder = (tmp_path / "called").read_text().splitlines()
    assert called == [
        "1",
        Engine.host,
        "default",
        "build",
        "--progress=plain",
        f"--file={Path(folder).parent}/Dockerfile",
        "--tag=127.0.0.1:5000/web:c-00",
        "--label=longshore.content=c-00",
        "--build-arg=A=1 2",
        "--target=end",
        "--network=host",
    ]
    assert (tmp_path / "context.list").read_text() == "Dockerfile\n"
    assert (tmp_path / "Dockerfile").read_text() == "FROM scratch\nCOPY --chmod=755 a b"
    # It must not be empty: BuildKit takes an empty one for none.
    assert (tmp_path / "Dockerfile.dockerignore").read_text().startswith("#")


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
            r"(?s)/Dockerfile failed at \[2/2\] COPY --chmod=755 a b:\n  log: 83\n.*\n  log: 100\n.*\n"
            r"  log: not found: a\nCorrect it, .* docker build -f \S+/context/Dockerfile \S+/context$",
            id="failed step",
        ),
        pytest.param("echo 'no space left on device'; exit 1", r"/context\. The disk is full$", id="no room"),
        pytest.param("echo 'no session'; exit 1", r"failed at its start:\n  log: no session\n", id="no step"),
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
