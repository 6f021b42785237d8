# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Docker Engine by the Docker SDK, thin: containers and what they need of images; errors as ``Failure``."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import posixpath
import tarfile
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine import (
    IMPORT_ERROR,
    LIBRARIES,
    Engine,
    Refusal,
)
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.host_needs import folder_of_volume

if not IMPORT_ERROR:
    import requests
    from docker.errors import APIError, NotFound

    from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_client import TIMEOUT

__all__ = ["IMPORT_ERROR", "LIBRARIES", "Docker", "PathInContainer", "Refusal"]

# Of the engine's answer: the image is in use.
CONFLICT = 409

# Bits of the mode that the engine tells of a path (Go's os.FileMode).
IS_FOLDER, IS_LINK = 1 << 31, 1 << 27
# Links that lead to links, at most.
LINKS = 16


class PathInContainer(t.NamedTuple):
    """What is at a path of a container, links followed: the path it is at in the end, and what it is."""

    path: str
    is_folder: bool
    is_executable: bool


class Docker(Engine):
    """One engine. Answers are the API's own dicts; containers are named by ID or name."""

    _writable: frozenset[str] | None = None

    def containers(self) -> list[dict[str, t.Any]]:
        """Return summaries of all containers, stopped ones too."""
        with self.explained("list containers"):
            return list(self.api.containers(all=True))

    def writable_folders(self) -> frozenset[str]:
        """Return what containers, stopped ones too, may write of the host, as it was at the first call.

        A volume that is a folder of the host counts by that one's path, also where no container has it just now.
        """
        if self._writable is None:
            mounts = [mount for summary in self.containers() for mount in summary.get("Mounts") or ()]
            written = (mount["Source"] for mount in mounts if mount.get("RW") and mount.get("Source"))
            self._writable = frozenset((*written, *filter(None, map(folder_of_volume, self._volumes()))))
        return self._writable

    def inspect(self, container: str) -> dict[str, t.Any] | None:
        """Return all about a container, or None where there is none."""
        with self.explained(f"inspect container {container}"):
            try:
                return dict(self.api.inspect_container(container))
            except NotFound:
                return None

    def create(self, **arguments: t.Any) -> str:
        """Return a new container by the keyword arguments of the SDK's low-level create_container; its ID."""
        with self.explained(f"create container {arguments.get('name', '')}"):
            return str(self.api.create_container(**arguments)["Id"])

    def start(self, container: str) -> None:
        with self.explained(f"start container {container}"):
            self.api.start(container)

    def unpause(self, container: str) -> None:
        with self.explained(f"unpause container {container}"):
            self.api.unpause(container)

    def stop(self, container: str) -> None:
        """Stop by the container's own stop signal and stop timeout (the engine waits for its end)."""
        with self.explained(f"stop container {container}"):
            grace = self.api.inspect_container(container)["Config"].get("StopTimeout")
            self.api.stop(container, timeout=10 if grace is None else grace)

    def rename(self, container: str, name: str) -> None:
        with self.explained(f"rename container {container} to {name}"):
            self.api.rename(container, name)

    def remove(self, container: str) -> None:
        """Remove a container, running or not; one that is gone is no error. Named volumes stay."""
        with self.explained(f"remove container {container}"), contextlib.suppress(NotFound):
            self.api.remove_container(container, force=True, v=True)

    def set_restart_policy(self, container: str, policy: dict[str, t.Any]) -> None:
        """Set a policy as the API has it: ``{"Name": "always", "MaximumRetryCount": 0}``."""
        self.update(container, {"RestartPolicy": policy})

    def update(self, container: str, changes: dict[str, t.Any]) -> None:
        """Change limits and restart policy, by the API's own names."""
        with self.explained(f"update container {container}"):
            self.api.update(container, changes)

    def pids(self, container: str) -> set[int]:
        """Return the host's process IDs of all that runs in a container."""
        with self.explained(f"list the processes of container {container}"):
            answer = self.api.top(container, ps_args="-eo pid")
        return {int(process[0]) for process in answer["Processes"] or ()}

    def read_file(self, container: str, path: str) -> str:
        """Return a file of a container, running or not; empty where there is none."""
        with self.explained(f"read {path} of container {container}"):
            try:
                stream, _stat = self.api.get_archive(container, path)
            except NotFound:
                return ""
            with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
                file = archive.extractfile(archive.getmembers()[0])
                return file.read().decode(errors="replace") if file else ""

    def last_lines(self, container: str, lines: int, since: float = 0, until: float = 0) -> list[str]:
        """Return the newest lines that the container wrote, both streams; between two moments (epoch) where given.

        They only explain what happened: where they cannot be read, as from some logging drivers, one line says so.
        """
        limits = {name: moment for name, moment in (("since", since), ("until", until)) if moment}
        try:
            with self.explained("read them"):
                output = self.api.logs(container, stdout=True, stderr=True, tail=lines, **limits)
        except Failure as failure:
            return [f"(the container's log lines are not available: {failure})"]
        return t.cast(bytes, output).decode(errors="replace").splitlines()

    def image(self, reference: str) -> dict[str, t.Any] | None:
        """Return all about an image that the engine has, or None."""
        with self.explained(f"inspect image {reference}"):
            try:
                return dict(self.api.inspect_image(reference))
            except NotFound:
                return None

    def at(self, container: str, path: str) -> PathInContainer | None:
        """Return what a container, running or not, has at a path; None where there is nothing.

        Of a path below a file the engine tells no more than that it failed.
        """
        url = f"{self.api.base_url}/v{self.api_version}/containers/{container}/archive"
        with self.explained(f"look at {path} of container {container}"):
            for _link in range(LINKS):
                answer = self.api.head(url, params={"path": path}, timeout=TIMEOUT)
                failed = answer.status_code == requests.codes.internal_server_error
                if answer.status_code == requests.codes.not_found or (failed and self._is_below_file(container, path)):
                    return None
                answer.raise_for_status()
                found = json.loads(base64.b64decode(answer.headers["X-Docker-Container-Path-Stat"]))
                if not found["mode"] & IS_LINK or found["linkTarget"] == path:
                    return PathInContainer(path, bool(found["mode"] & IS_FOLDER), bool(found["mode"] & 0o111))
                path = found["linkTarget"]
        return None

    def _is_below_file(self, container: str, path: str) -> bool:
        above = self.at(container, posixpath.dirname(path)) if path.strip("/") else PathInContainer("/", True, True)
        return above is None or not above.is_folder

    def info(self) -> dict[str, t.Any]:
        """Return what the engine tells about itself and its host (docker info)."""
        with self.explained("tell about itself"):
            return dict(self.api.info())

    def root(self) -> str:
        """Return where the engine keeps images and containers."""
        return str(self.info()["DockerRootDir"])

    def has_network(self, network: str) -> bool:
        """Return whether there is a network of this name or ID."""
        with self.explained(f"inspect network {network}"):
            try:
                self.api.inspect_network(network)
            except NotFound:
                return False
        return True

    def volumes(self) -> set[str]:
        """Return the names of all volumes."""
        return {volume["Name"] for volume in self._volumes()}

    def _volumes(self) -> list[dict[str, t.Any]]:
        with self.explained("list volumes"):
            return list(self.api.volumes()["Volumes"] or ())

    def remove_volume(self, name: str) -> None:
        """Remove a volume; one that is gone is no error."""
        with self.explained(f"remove volume {name}"), contextlib.suppress(NotFound):
            self.api.remove_volume(name)

    def architecture(self) -> str:
        """Return the architecture of its images, as registries name it: amd64, arm64."""
        with self.explained("tell its version"):
            return str(self.api.version()["Arch"])

    def layers(self) -> set[str]:
        """Return the digests of the unpacked layers of all its images."""
        with self.explained("list images"):
            images = [self.api.inspect_image(image["Id"]) for image in self.api.images()]
        return {layer for image in images for layer in image["RootFS"].get("Layers") or ()}

    def digests(self, repository: str) -> list[str]:
        """Return references by digest (``repository@sha256:...``) of the engine's images of one repository."""
        with self.explained(f"list images of {repository}"):
            images = self.api.images(name=repository)
        pinned = (digest for image in images for digest in image.get("RepoDigests") or ())
        return [digest for digest in pinned if digest.startswith(f"{repository}@")]

    def remove_image(self, reference: str) -> bool:
        """Remove a reference, and the image with its last one; False where a container uses it, then it stays."""
        with self.explained(f"remove image {reference}"):
            try:
                self.api.remove_image(reference)
            except NotFound:
                return True
            except APIError as error:
                if error.status_code == CONFLICT:
                    return False
                raise
        return True

    def pull(self, reference: str) -> None:
        """Pull an image by repository and digest or tag, and return when it is there."""
        with self.registry_explained("pull", reference):
            for line in self.api.pull(reference, stream=True, decode=True):
                if "error" in line:
                    raise self.registry_failure("pull", reference, line["error"])

    def kill(self, container: str, signal: int) -> None:
        """Send a signal to the first process of a container."""
        with self.explained(f"send signal {signal} to container {container}"):
            self.api.kill(container, signal)

    @contextlib.contextmanager
    def packed(self, container: str, path: str) -> t.Iterator[t.IO[bytes]]:
        """Yield a path of a container as a tar, to be read once from its beginning to its end."""
        with self.explained(f"read {path} of container {container}"):
            blocks, _about = self.api.get_archive(container, path)
        try:
            yield t.cast(t.IO[bytes], Stream(blocks))
        finally:
            # Until all is read, the engine holds the container and won't remove it.
            for _block in blocks:
                pass


class Stream(io.RawIOBase):
    """Blocks that come one after the other, as a file to read from."""

    def __init__(self, blocks: t.Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Return ``size`` bytes, fewer at the end."""
        while size < 0 or len(self._rest) < size:
            block = next(self._blocks, None)
            if block is None:
                size = len(self._rest)
                break
            self._rest += block
        result, self._rest = self._rest[:size], self._rest[size:]
        return result
