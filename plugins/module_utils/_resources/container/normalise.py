# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a container in the one form that the Docker SDK takes, with our defaults."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_kinds import (
    nanoseconds,
    tmpfs_mode,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_rules import (
    container_problems,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import as_text, is_address

ROTATION = {"max-size": "10m", "max-file": "9"}
DEFAULTS: dict[str, t.Any] = {"network_mode": "host", "restart_policy": {"Name": "always"}}
ROTATING_DRIVERS = ("json-file", "local")


def normalised(options: dict[str, t.Any], where: str = "service_container") -> dict[str, t.Any]:
    """Return the options with our defaults, in the form that the SDK takes; ``Failure`` names all that are wrong."""
    problems = container_problems(options, where)
    if problems:
        raise Failure("\n".join(problems))
    given = {
        name: FORMS[name](value) if name in FORMS else value for name, value in options.items() if value is not None
    }
    result = {**DEFAULTS, **given}
    if "network" in given and "network_mode" not in given:
        del result["network_mode"]
    result["log_config"] = _rotated(given.get("log_config", {}))
    return result


def _rotated(log_config: dict[str, t.Any]) -> dict[str, t.Any]:
    """Fill in the sizes of logs that the user leaves out, for the drivers that write files: all logs rotate."""
    driver = log_config.get("type", "json-file")
    given = _texts(log_config.get("config") or {})
    return {"type": driver, "config": {**ROTATION, **given} if driver in ROTATING_DRIVERS else given}


def _texts(values: t.Any) -> dict[str, str]:
    """Return a mapping of texts, from one or from a list of NAME=value."""
    if isinstance(values, list):
        return {name: value for name, _equals, value in (entry.partition("=") for entry in values)}
    return {name: as_text(value) for name, value in values.items()}


def _arguments(command: t.Any) -> t.Any:
    return command if isinstance(command, str) else [as_text(argument) for argument in command]


def _restart_policy(policy: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the restart policy; an unquoted no, which YAML reads as false, is one."""
    return {**policy, "Name": policy["Name"] or "no"}


def _in_nanoseconds(healthcheck: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return durations as the engine has them."""
    return {
        key: nanoseconds(value) if key.lower() in ("interval", "timeout", "start_period", "startperiod") else value
        for key, value in healthcheck.items()
    }


def _bound(port: t.Any) -> t.Any:
    """Return a port as the SDK takes it: an address with a port is a tuple, which YAML does not have."""
    if not isinstance(port, list):
        return port
    return tuple(port) if is_address(port[0]) else [_bound(element) for element in port]


# Option -> what brings its values into the one form that the SDK takes.
FORMS: dict[str, t.Callable[[t.Any], t.Any]] = {
    **dict.fromkeys(("command", "entrypoint"), _arguments),
    **dict.fromkeys(("environment", "labels", "sysctls"), _texts),
    **dict.fromkeys(("cpuset_cpus", "cpuset_mems", "stop_signal", "user"), as_text),
    "healthcheck": _in_nanoseconds,
    "mounts": lambda mounts: [tmpfs_mode(mount) for mount in mounts],
    "ports": lambda ports: {inner: _bound(outer) for inner, outer in ports.items()},
    "restart_policy": _restart_policy,
    "tmpfs": lambda tmpfs: _texts(tmpfs) if isinstance(tmpfs, dict) else tmpfs,
}
