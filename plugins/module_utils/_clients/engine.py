# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to a Docker Engine by the Docker SDK, and its errors as ``Failure``."""

from __future__ import annotations

import contextlib
import getpass
import re
import shutil
import traceback
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import disk
from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_address import EngineAddress
from ansible_collections.longshore.fleet.plugins.module_utils._connections import DOCKER_HOST
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, innermost
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.registry_answer import registry_trouble
from ansible_collections.longshore.fleet.plugins.module_utils._versions import outdated

IMPORT_ERROR: str | None = None
try:
    import docker
    import requests
    import urllib3
    from docker.errors import APIError, DockerException

    from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_client import EngineClient
except ImportError:
    IMPORT_ERROR = traceback.format_exc()
else:
    IMPORT_ERROR = outdated("docker", docker.__version__)

LIBRARIES = {"docker": IMPORT_ERROR}

# Of the engine's answer: the reference cannot be one, so no registry was asked.
BAD_REQUEST = 400
ID = re.compile(r"\b[0-9a-f]{64}\b")
# Where distributions install the engine, also where a user's PATH does not lead.
PROGRAMS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"


class Refusal(Failure):
    """A failure that the engine itself has answered with; ``answer`` are its own words."""

    def __init__(self, message: str, answer: str) -> None:
        super().__init__(message)
        self.answer = answer


class Engine:
    """The connection to one engine."""

    def __init__(self, address: str | EngineAddress) -> None:
        self.address = EngineAddress(address) if isinstance(address, str) else address
        self.host = self.address.host
        try:
            with self.explained("connect"):
                self.api = EngineClient(self.address)
        except ValueError as error:
            raise Failure(
                f"{self.address.origin}: {self.host!r} is not the address of an engine ({error});"
                f" write it like {DOCKER_HOST}"
            ) from error

    @property
    def is_local(self) -> bool:
        """Whether the engine is this host's own, so that its paths and processes are those seen here."""
        return self.host.startswith("unix:")

    @property
    def api_version(self) -> str:
        """The version of the API that client and engine agreed on."""
        return str(self.api.api_version)

    @contextlib.contextmanager
    def explained(self, action: str) -> t.Iterator[None]:
        """Turn the SDK's errors into ``Failure``; ``action`` completes "Docker could not"."""
        try:
            yield
        except APIError as error:
            # IDs tell people nothing: the container is removed, or has a name.
            action, answer = ID.sub("", action).rstrip(), ID.sub("...", str(error.explanation or error))
            raise Refusal(f"Docker could not {action}: {answer}{self.room(answer)}", answer) from error
        except (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError) as error:
            raise Failure(
                f"The Docker Engine at {self.host} did not answer in time when asked to {action}."
                " It may still be working: look at its journal (journalctl -u docker), then run again."
            ) from error
        except (DockerException, requests.RequestException, urllib3.exceptions.HTTPError) as error:
            reason = str(innermost(error))
            message = f"The Docker Engine at {self.host} cannot be reached ({reason}). {self._advice(reason)}"
            raise Failure(message) from error

    def _advice(self, reason: str) -> str:
        """Return what to do where the engine could not be reached."""
        if "Permission denied" not in reason:
            if self.host == DOCKER_HOST and shutil.which("dockerd", path=PROGRAMS) is None:
                return self._install()
            return f"Start it (systemctl start docker), or correct {self.address.origin}."
        user = getpass.getuser()
        if self.address.on_controller:
            return (
                f"The user {user} may not use it: add {user} to the group docker (usermod -aG docker {user}) and log in"
                " again, or name another engine by DOCKER_HOST or build_docker_host."
            )
        return (
            f"The user {user} may not use it: set become (ansible_become: true, or -b), or add {user} to the group"
            f" docker (usermod -aG docker {user}), which makes it root in effect; that counts from its next login on."
        )

    def _install(self) -> str:
        """Return what to do where there is no engine at all."""
        if self.address.on_controller:
            return f"Docker is not installed on this machine: install its Engine, or correct {self.address.origin}."
        return "Docker is not installed on this host: bootstrap.yml (./fleet up) installs it."

    def room(self, reason: str) -> str:
        """Return which disk of ours is full and what to do, where that is the reason."""
        if not disk.is_full(reason) or not self.is_local:
            return ""
        root = "/var/lib/docker"
        with contextlib.suppress(DockerException, requests.RequestException):
            root = str(self.api.info()["DockerRootDir"])
        return f". {disk.full(reason, root)}"

    @contextlib.contextmanager
    def registry_explained(self, action: str, reference: str) -> t.Iterator[None]:
        """Turn what the engine says of a registry into ``Failure``, as ``explained`` does with all else."""
        with self.explained(f"{action} {reference}"), self.api.patience():
            try:
                yield
            except APIError as error:
                if error.status_code == BAD_REQUEST:
                    raise
                raise self.registry_failure(action, reference, str(error.explanation or error)) from error

    def registry_failure(self, action: str, reference: str, reason: str) -> Failure:
        """Return what a registry's refusal means, and what to do."""
        room = self.room(reason) if action == "pull" else ""  # a registry may have no room for what is pushed
        if room:
            return Failure(f"Docker could not {action} {reference}: {reason.strip()}{room}")
        trouble = registry_trouble(reference, reason, self.api.credentials.troubles.values())
        return Failure(f"Docker could not {action} {reference}: {trouble}")
