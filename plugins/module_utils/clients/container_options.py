# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker SDK's keyword arguments of ``containers.create``, checked by the SDK itself."""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients import docker as engine
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure

if not engine.IMPORT_ERROR:
    from docker.errors import DockerException
    from docker.models import containers as sdk
    from docker.types import Mount

# What launch itself says: not the user's to set.
OURS = ("image", "name", "detach", "version")
# Beside the two lists of the SDK: what its create() takes apart, and stop_timeout of its low-level create_container().
SPLIT = ("ports", "volumes", "network", "networking_config")
# Where the SDK takes a value apart before it looks at its type.
SIZE: tuple[t.Callable[[t.Any], bool], str] = (lambda value: isinstance(value, (str, int)), "a size such as 512m")
FORMS: dict[str, tuple[t.Callable[[t.Any], bool], str]] = {
    "environment": (lambda value: isinstance(value, (dict, list)), "a mapping or a list"),
    "volumes": (
        lambda value: _all(value, list, str) or (_all(value, dict, dict) and all("bind" in v for v in value.values())),
        "a list such as [/srv/data:/data], or a mapping such as {/srv/data: {bind: /data}}",
    ),
    "ports": (lambda value: isinstance(value, dict), "a mapping such as {80/tcp: 8080}"),
    "mounts": (lambda value: _all(value, list, dict), "a list of mappings such as {target: /data, source: /srv/data}"),
    **dict.fromkeys(("mem_limit", "mem_reservation", "memswap_limit", "kernel_memory", "shm_size"), SIZE),
}


def known_options() -> list[str]:
    """All names that ``service_container`` may hold."""
    names = [*sdk.RUN_CREATE_KWARGS, *sdk.RUN_HOST_CONFIG_KWARGS, *SPLIT, "stop_timeout"]
    return sorted(name for name in names if name not in OURS)


def create_arguments(options: dict[str, t.Any], api_version: str) -> dict[str, t.Any]:
    """The keyword arguments of the SDK's low-level ``create_container`` for options by their high-level names.

    A wrong name or type is a ``Failure`` that names the key, and the nearest right name.
    """
    _check_names(options)
    for name, (is_right, form) in FORMS.items():
        if options.get(name) is not None and not is_right(options[name]):
            raise Failure(f"service_container.{name}: expected {form}, got {options[name]!r}")
    arguments = dict(options)
    stop_timeout = arguments.pop("stop_timeout", None)
    try:
        if arguments.get("mounts"):
            arguments["mounts"] = [Mount(**mount) for mount in arguments["mounts"]]
        # The SDK has no public name for its own translation, and a copy of it would drift.
        return {**sdk._create_container_args({**arguments, "version": api_version}), "stop_timeout": stop_timeout}
    except (AttributeError, KeyError, TypeError, ValueError, DockerException) as error:
        raise Failure(f"service_container: the Docker SDK refuses it: {error}") from error


def _check_names(options: dict[str, t.Any]) -> None:
    names = known_options()
    for name in options:
        if name in OURS:
            raise Failure(f"service_container.{name}: Longshore sets this itself; remove it")
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
            raise Failure(f"service_container.{name}: the Docker SDK has no such option; {hint}")


def _all(value: t.Any, kind: type, of: type) -> bool:
    """Whether it is a list, or a dict, of elements of one type."""
    elements = value.values() if isinstance(value, dict) else value
    return isinstance(value, kind) and all(isinstance(element, of) for element in elements)
