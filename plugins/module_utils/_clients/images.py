# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images on an engine and in its registries: asked for, built, tagged and pushed; errors as ``Failure``."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._clients.commands import run_within
from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.build import Build

# clients.docker reports a missing library; without it nothing below is called.
with contextlib.suppress(ImportError):
    from docker.errors import NotFound

# Lines of a failed build that its error shows.
LAST_LINES = 20

# What a docker command would take from the shell, and gets from us or not at all.
ENGINE_OF_THE_SHELL = {"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_DEFAULT_PLATFORM"}

# How the two builders name the step they were at.
STEP = re.compile(r"^(Step \d+/\d+ : .*?)\s*$", re.MULTILINE)
# What the classic builder tells of layers and its own containers.
ABOUT_LAYERS = re.compile(r" ---> |Removing intermediate container ")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BUILDKIT_STEP = re.compile(r"^ > (.+?):?$", re.MULTILINE)


class Images:
    """The images of one engine, and of the registries that this engine can ask."""

    def __init__(self, docker: Docker) -> None:
        self.docker = docker

    @property
    def warnings(self) -> list[str]:
        """What went wrong with logins that were not needed in the end."""
        return [f"{trouble}." for trouble in self.docker.api.credentials.troubles.values()]

    def local_id(self, reference: str) -> str | None:
        """Return the ID (``sha256:...``) of an image that the engine has."""
        image = self.docker.image(reference)
        return str(image["Id"]) if image else None

    def local_digest(self, reference: str) -> str | None:
        """Return what identifies an image that the engine has, the same on every engine where that can be.

        The digest in its registry where it was pulled or pushed, else its ID.
        """
        image = self.docker.image(reference)
        if image is None:
            return None
        repository = _familiar(repository_of(reference))
        pinned = (entry.split("@") for entry in image.get("RepoDigests") or [])
        return min((digest for name, digest in pinned if name == repository), default=str(image["Id"]))

    def registry_digest(self, reference: str) -> str | None:
        """Return the digest (``sha256:...``) that a registry has for a tag, or None; the engine asks the registry."""
        with self.docker.registry_explained("find", reference):
            try:
                return str(self.docker.api.inspect_distribution(reference)["Descriptor"]["digest"])
            except NotFound:
                return None

    def platform(self) -> dict[str, str]:
        """Return the ARGs that BuildKit sets by itself: built is for the engine's own platform, on it."""
        with self.docker.explained("tell its platform"):
            version = self.docker.api.version()
        system, architecture = str(version["Os"]), str(version["Arch"])
        variant = "v7" if architecture == "arm" else ""  # what containerd takes arm for
        parts = {
            "PLATFORM": "/".join(part for part in (system, architecture, variant) if part),
            "OS": system,
            "ARCH": architecture,
            "VARIANT": variant,
        }
        return {f"{side}{part}": value for side in ("BUILD", "TARGET") for part, value in parts.items()}

    def tag(self, reference: str, repository: str, tag: str) -> None:
        with self.docker.explained(f"tag {reference} as {repository}:{tag}"):
            self.docker.api.tag(reference, repository, tag)

    def push(self, repository: str, tag: str) -> str:
        """Push a tag that the engine has; the digest (``sha256:...``) it has in the registry then."""
        digest = ""
        reference = f"{repository}:{tag}"
        with self.docker.registry_explained("push", reference):
            for line in self.docker.api.push(repository, tag, stream=True, decode=True):
                if "error" in line:
                    raise self.docker.registry_failure("push", reference, line["error"])
                digest = line.get("aux", {}).get("Digest", digest)
        if not digest:
            raise Failure(f"The engine pushed {reference} and told no digest. Push again with a newer engine.")
        return digest

    def pull(self, reference: str) -> None:
        self.docker.pull(reference)

    def load(self, packed: t.IO[bytes]) -> None:
        """Bring an image onto the engine, packed as ``docker save`` does."""
        with self.docker.explained("load an image"), self.docker.api.patience():
            for line in self.docker.api.load_image(packed):
                if "error" in line:
                    raise Failure(f"Docker could not load an image: {line['error']}{self.docker.room(line['error'])}")

    def build(self, build: Build, reference: str, labels: dict[str, str]) -> None:
        """Build an image under ``reference``, where need be by BuildKit."""
        if build.buildkit:
            with tempfile.TemporaryDirectory() as folder:
                self._build_by_buildkit(build, reference, labels, Path(folder))
        else:
            with tempfile.TemporaryFile() as context:
                build.context.to_tar(context)
                self._build_by_engine(build, reference, labels, context)

    def _build_by_engine(self, build: Build, reference: str, labels: dict[str, str], context: t.IO[bytes]) -> None:
        """Build by the engine's classic builder; a step may be silent for long."""
        output, deadline = "", Deadline(build.timeout)
        with self.docker.explained(f"build {build.context.root / build.dockerfile}"):
            for line in self.docker.api.build(
                fileobj=context,
                custom_context=True,
                dockerfile=build.dockerfile,
                tag=reference,
                labels=labels,
                buildargs=build.args,
                target=build.target,
                network_mode=build.network,
                rm=True,
                forcerm=True,
                decode=True,
            ):
                output += line.get("stream", "") or line.get("error", "")
                if "error" in line:
                    raise Failure(_build_trouble(build, output, STEP) + self.docker.room(output))
                if not deadline.left:
                    raise Failure(_too_long(build, output, STEP))

    def _build_by_buildkit(self, build: Build, reference: str, labels: dict[str, str], folder: Path) -> None:
        """Build by the docker CLI: BuildKit wants a session that the Docker SDK does not speak.

        The Dockerfile lies beside the context, as BuildKit reads it from there even where no COPY may see it.
        """
        build.context.to_folder(folder / "context")
        dockerfile = folder / "Dockerfile"
        shutil.copyfile(build.context.root / build.dockerfile, dockerfile)
        (folder / "Dockerfile.dockerignore").write_text("# What is left out did not come here.\n", encoding="utf-8")
        command = ["docker", "build", "--progress=plain", f"--file={dockerfile}", f"--tag={reference}"]
        command += [f"--label={name}={value}" for name, value in labels.items()]
        command += [f"--build-arg={name}={value}" for name, value in build.args.items()]
        command += [f"--target={build.target}"] if build.target else []
        command += [f"--network={build.network}"] if build.network else []
        # The builder "default" is the engine's own; any other would keep the image to itself.
        environment = {**self.docker.address.command, "DOCKER_BUILDKIT": "1", "BUILDX_BUILDER": "default"}
        # Which platform is built for is the engine's, as with the classic builder.
        inherited = {name: value for name, value in os.environ.items() if name not in ENGINE_OF_THE_SHELL}
        needs = f"{build.context.root / build.dockerfile} needs BuildKit ({build.buildkit})"
        try:
            code, output = run_within([*command, str(folder / "context")], {**inherited, **environment}, build.timeout)
        except FileNotFoundError as error:
            raise Failure(f"{needs}, and there is no docker command here to reach it. Install Docker's CLI.") from error
        if code is None:
            raise Failure(_too_long(build, output, BUILDKIT_STEP))
        if "buildx component is missing" in output:
            raise Failure(f"{needs}, and the docker command here has no buildx. Install Docker's buildx plugin.")
        if code:
            raise Failure(_build_trouble(build, output, BUILDKIT_STEP) + self.docker.room(output))


def repository_of(reference: str) -> str:
    """Return ``127.0.0.1:5000/web`` of ``127.0.0.1:5000/web:1.2`` or ``127.0.0.1:5000/web@sha256:...``."""
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition(":")[0]


def _familiar(repository: str) -> str:
    """Return the short form in which the engine keeps names of Docker Hub."""
    return repository.removeprefix("docker.io/").removeprefix("library/")


def _too_long(build: Build, output: str, step: re.Pattern[str]) -> str:
    """Say that a build was ended, and what it was at."""
    limit = f"It did not end within {build.timeout:g} s (service_image.timeout), and was ended."
    return f"{_build_trouble(build, output, step)} {limit}"


def _build_trouble(build: Build, output: str, step: re.Pattern[str]) -> str:
    """Say at which step a build failed, what that wrote at its end, and what to do."""
    output = COLOUR.sub("", output)
    steps = list(step.finditer(output))
    at = steps[-1][1] if steps else "its start"
    # Of the classic builder, what comes before the step is about others; BuildKit tells them apart itself.
    told = output[steps[-1].end() :] if steps and step is STEP else output
    last = [line for line in told.splitlines() if line.strip() and not ABOUT_LAYERS.match(line)][-LAST_LINES:]
    dockerfile = build.context.root / build.dockerfile
    to_do = f"Correct it, or what it copies; by hand the same is: docker build -f {dockerfile} {build.context.root}"
    return f"The build of {dockerfile} failed at {at}:{as_log(last)}\n{to_do}"
