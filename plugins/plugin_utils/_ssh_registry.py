# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's own registry of ``service_registry: ssh``: a container on loopback, there while somebody uses it.

What was pushed stays in a volume. One container takes pushes, at the port that references name. Another one, with the
volume read-only and at a port that the engine chooses, is what hosts reach: nobody on a host can push.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible import constants

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import LIBRARIES, Docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_address import address_of_controller
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

SSH = "ssh"
LOOPBACK = "127.0.0.1"
# The port in the container, and where it has its data.
INSIDE, DATA = 5000, "/var/lib/registry"
ENVIRONMENT = {
    "REGISTRY_HTTP_ADDR": f"0.0.0.0:{INSIDE}",
    "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": DATA,
    "OTEL_TRACES_EXPORTER": "none",
}
# Seconds until it answers.
START = 30.0
ANOTHER = "or set service_registry to a registry that this machine and the hosts reach"


@dataclass(frozen=True)
class SshRegistry:
    """The registry of the engine that builds: which image it runs, and the port by which references name it."""

    image: str
    port: int
    docker_host: str | None = None

    @classmethod
    def of(cls, value: t.Callable[[str], t.Any]) -> SshRegistry:
        """Return that of a host or a play; ``value``: returns a Jinja expression of its variables."""
        image, port = value("service_registry_image"), value("service_registry_port")
        return cls(str(image), int(port), value("build_docker_host | default('')") or None)

    @property
    def address(self) -> str:
        """What references name, here as on every host."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def name(self) -> str:
        """Of the container and of the volume; users of one machine do not share them."""
        return f"longshore-registry-{os.getuid()}-{self.port}"

    def has(self, reference: str | None) -> bool:
        """Return whether it is what an image or code is pulled from."""
        return (reference or "").startswith(f"{self.address}/")

    def pushed_to(self, check: bool) -> contextlib.AbstractContextManager[int]:
        """Have it take pushes, at its port. In check mode too, as only it can tell what it has."""
        return self._running(self.name, "rw", self.port, check)

    def pulled_from(self) -> contextlib.AbstractContextManager[int]:
        """Have it read, and yield the port of this machine where it answers."""
        return self._running(f"{self.name}-read", "ro", None, check=False)

    @contextlib.contextmanager
    def _running(self, name: str, mode: str, port: int | None, check: bool) -> t.Iterator[int]:
        """Have the container run until its last user, in whichever process, has ended."""
        docker = self._docker()
        with open(lock_file(name), "a", encoding="utf-8") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                with open(lock_file(f"{name}-start"), "a", encoding="utf-8") as starting:
                    fcntl.flock(starting, fcntl.LOCK_EX)
                    found = self._found(docker, name) or self._start(docker, name, mode, port, check)
                yield found
            finally:
                if _is_alone(users):
                    docker.remove(name)

    def _docker(self) -> Docker:
        if any(LIBRARIES.values()):
            raise Failure("service_registry: ssh needs the Python package docker here (pip install docker)")
        docker = Docker(address_of_controller(self.docker_host))
        if not docker.is_local:
            raise Failure(
                f"service_registry: ssh needs a Docker Engine on the controller itself, and images are built by the one"
                f" at {docker.host} ({docker.address.origin}). Build here, {ANOTHER}."
            )
        return docker

    def _found(self, docker: Docker, name: str) -> int | None:
        """Return the port of the container where it runs; what a reboot has left of one is removed."""
        found = docker.inspect(name)
        if found and found["State"]["Running"]:
            return _published(found)
        if found:
            docker.remove(name)
        return None

    def _start(self, docker: Docker, name: str, mode: str, port: int | None, check: bool) -> int:
        self._have_image(docker)
        # In check mode no volume is made.
        kept = [] if check and self.name not in docker.volumes() else [f"{self.name}:{DATA}:{mode}"]
        docker.create(
            name=name,
            image=self.image,
            ports=[INSIDE],
            environment=ENVIRONMENT,
            host_config=docker.api.create_host_config(port_bindings={INSIDE: (LOOPBACK, port)}, binds=kept),
        )
        try:
            docker.start(name)
            found = _published(t.cast(dict[str, t.Any], docker.inspect(name)))
            if not Deadline(START).wait_for(lambda: _answers(found)):
                raise Failure(f"it does not answer within {START:g} s.{as_log(docker.last_lines(name, 5))}")
        except Failure as failure:
            docker.remove(name)
            raise Failure(
                f"The registry of service_registry: ssh ({self.image}) could not be started on {LOOPBACK}"
                f"{f':{port}' if port else ''} of this machine. Where something else has that port, set"
                f" service_registry_port, {ANOTHER}: {failure}"
            ) from failure
        return found

    def _have_image(self, docker: Docker) -> None:
        if docker.image(self.image):
            return
        try:
            docker.pull(self.image)
        except Failure as failure:
            raise Failure(
                f"service_registry: ssh runs a registry on this machine, of the image {self.image}. Bring it here, name"
                f" another one by service_registry_image, {ANOTHER}: {failure}"
            ) from failure


def lock_file(name: str) -> Path:
    """Return a file that processes of this user lock; a lock ends with its process."""
    folder = Path(constants.config.get_config_value("ANSIBLE_HOME")).expanduser() / "longshore"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Failure(f"{folder} could not be made ({error.strerror}); make it, or set ANSIBLE_HOME") from error
    return folder / f"{name}.lock"


def _is_alone(users: t.IO[str]) -> bool:
    """Return whether no other process uses it. Who comes now waits until this file is closed."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _published(found: dict[str, t.Any]) -> int:
    """Return the port of this machine that leads to a container."""
    bindings = found["NetworkSettings"]["Ports"].get(f"{INSIDE}/tcp")
    if not bindings:
        raise Failure(f"it has no port.{as_log([found['State'].get('Error') or 'it has ended'])}")
    return int(bindings[0]["HostPort"])


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
