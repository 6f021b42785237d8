# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Docker Engine is meant, and what says so: what ``docker build`` in the same shell would take."""

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._connections import DOCKER_HOST
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# clients.docker reports a missing library; without it nothing below is called.
with contextlib.suppress(ImportError):
    from docker.context import ContextAPI
    from docker.context.config import get_current_context_name, get_meta_file
    from docker.errors import DockerException
    from docker.tls import TLSConfig
    from docker.utils.config import find_config_file

DEFAULT_CONTEXT = "default"


@dataclass(frozen=True)
class EngineAddress:
    """An engine: ``origin`` names what gave the address, ``context`` is the docker context that did, '' for none.

    ``on_controller``: it is asked by the user who runs Ansible, whom no ``become`` changes.
    """

    host: str
    origin: str = "docker_host"
    tls: t.Any = False
    context: str = ""
    on_controller: bool = False

    @property
    def command(self) -> dict[str, str]:
        """The environment by which a docker command takes the same engine."""
        return {"DOCKER_CONTEXT": self.context} if self.context else {"DOCKER_HOST": self.host}


def address_of_controller(given: str | None) -> EngineAddress:
    """Return the engine that the option names, else the environment, else the docker context, else Docker's default."""
    if given:
        return EngineAddress(given, "docker_host", _tls(), on_controller=True)
    host = os.environ.get("DOCKER_HOST")
    if host:
        return EngineAddress(host, "DOCKER_HOST", _tls(), on_controller=True)
    name, origin = os.environ.get("DOCKER_CONTEXT"), "DOCKER_CONTEXT"
    if not name:
        name, origin = get_current_context_name() or DEFAULT_CONTEXT, f"currentContext in {find_config_file()}"
    if name == DEFAULT_CONTEXT:
        return EngineAddress(DOCKER_HOST, "docker_host, DOCKER_HOST or the docker context", _tls(), on_controller=True)
    return _of_context(str(name), origin)


def _of_context(name: str, origin: str) -> EngineAddress:
    file = get_meta_file(name)
    try:
        with open(file, encoding="utf-8") as text:
            json.load(text)["Endpoints"]["docker"]
        context = ContextAPI.get_context(name)
    except FileNotFoundError as error:
        raise Failure(
            f"There is no docker context {name!r}, which {origin} names. Correct it; `docker context ls` lists them."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, DockerException) as error:
        raise Failure(
            f"The docker context {name!r}, which {origin} names, cannot be read in {file} ({error})."
        ) from error
    tls = context.TLSConfig or False
    return EngineAddress(context.Host, f"the docker context {name!r} ({origin})", tls, name, on_controller=True)


def _tls() -> t.Any:
    """Read DOCKER_TLS_VERIFY, DOCKER_TLS and DOCKER_CERT_PATH as Docker's command does, from which the SDK differs.

    An authority is needed only to verify the engine, and a client's certificate only where there is one.
    """
    verify = bool(os.environ.get("DOCKER_TLS_VERIFY"))
    if not verify and not os.environ.get("DOCKER_TLS"):
        return False
    folder = os.environ.get("DOCKER_CERT_PATH") or os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")
    authority, *pair = (os.path.join(folder, name) for name in ("ca.pem", "cert.pem", "key.pem"))
    has_certificate = any(os.path.exists(path) for path in pair)
    needed = [*([authority] if verify else []), *(pair if has_certificate else [])]
    missing = [path for path in needed if not os.path.isfile(path)]
    if missing:
        raise Failure(
            f"DOCKER_TLS_VERIFY, DOCKER_CERT_PATH: there is no file {' and no file '.join(missing)}. Put it there, or"
            " correct or unset these variables."
        )
    return TLSConfig(client_cert=tuple(pair) if has_certificate else None, ca_cert=authority, verify=verify)
