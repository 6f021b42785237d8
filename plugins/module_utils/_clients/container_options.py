# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker SDK's keyword arguments of ``containers.create``, checked by the SDK itself."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import docker as engine
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

if not engine.IMPORT_ERROR:
    from docker.errors import DockerException
    from docker.models import containers as sdk
    from docker.types import Mount


def create_arguments(options: dict[str, t.Any], api_version: str) -> dict[str, t.Any]:
    """Return the keyword arguments of the SDK's low-level ``create_container``, for options by their high-level names.

    Types and ranges were looked at before (``resources/option_rules``); what this SDK refuses is a ``Failure``.
    """
    arguments = dict(options)
    stop_timeout = arguments.pop("stop_timeout", None)
    try:
        if arguments.get("mounts"):
            arguments["mounts"] = [Mount(**{"source": None, **mount}) for mount in arguments["mounts"]]
        # The SDK has no public name for its own translation, and a copy of it would drift.
        return {**sdk._create_container_args({**arguments, "version": api_version}), "stop_timeout": stop_timeout}
    except (AttributeError, KeyError, TypeError, ValueError, DockerException) as error:
        raise Failure(f"service_container: the Docker SDK refuses it: {error}") from error
