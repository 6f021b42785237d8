# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which modules are told what an instance is to be.

The keys of ``wanted`` are those of the service file, which the role's argument specs document.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL, DOCKER
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

DIRECTORY = {
    "path": {"type": "path", "required": True},
    "owner": {"type": "int", "default": 0},
    "group": {"type": "int"},
    "mode": {"type": "raw", "default": "0755"},
}
CONDITION = {
    "http": {"type": "str"},
    "method": {"type": "str"},
    "headers": {"type": "dict"},
    "body": {"type": "raw"},
    "status": {"type": "int"},
    "json": {"type": "dict"},
    "ca_file": {"type": "path"},
    "verify": {"type": "bool", "default": True},
    "command": {"type": "raw"},
    "timeout": {"type": "str", "default": "1m"},
}
GATE = {
    "timeout": {"type": "str", "default": "5m"},
    "stable_for": {"type": "str", "default": "10s"},
    "before": {"type": "list", "elements": "dict", "default": [], "options": CONDITION},
    "after": {"type": "list", "elements": "dict", "default": [], "options": CONDITION},
}
IMAGE = {
    "reference": {"type": "str"},
    "content": {"type": "str", "required": True},
    "version": {"type": "str"},
}
SIDECAR_IMAGES = {"sidecars": {"type": "dict", "default": {}}}
SIDECAR = {
    "container": {"type": "dict", "default": {}},
    "container_without_peers": {"type": "dict"},
    "files": {"type": "list", "elements": "dict", "default": []},
    "start": {"type": "str", "choices": ["before", "after"]},
    "ready": {"type": "raw"},
    "once": {"type": "bool", "default": False},
    "alone": {"type": "bool", "default": False},
}
CODE = {
    "path": {"type": "path"},
    "mount": {"type": "str", "default": "/usr/src/app"},
    "owner": {"type": "int", "default": 0},
    "group": {"type": "int"},
    "writable": {"type": "bool", "default": False},
}
RELOAD = {
    "action": {"type": "str", "choices": ["signal", "restart"], "default": "signal"},
    "signal": {"type": "str", "default": "HUP"},
    "timeout": {"type": "str", "default": "30s"},
    "check": {"type": "list", "elements": "raw", "default": []},
    "commands": {"type": "list", "elements": "raw", "default": []},
    "command_timeout": {"type": "str", "default": "1m"},
    "url": {"type": "str"},
    "ca_file": {"type": "path"},
    "verify": {"type": "bool", "default": True},
    "not_workers": {"type": "list", "elements": "str", "default": []},
}
FILE = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True},
    "owner": {"type": "int", "default": 0},
    "group": {"type": "int"},
    "mode": {"type": "raw", "default": "0644"},
    "validate": {"type": "raw"},
    "on_change": {"type": "str", "choices": ["none", "signal", "restart"], "default": "none"},
}
ONCE = {
    "name": {"type": "str", "required": True},
    "command": {"type": "raw", "required": True},
    "timeout": {"type": "str", "default": "10m"},
}
# Which rollout holds the lock, for modules that work under it.
RELEASE = {
    "id": {"type": "str", "required": True},
    "session": {"type": "str", "required": True},
    "prefix": {"type": "str", "default": "longshore"},
}
WANTED = {
    "container": {"type": "dict", "default": {}},
    "container_without_peers": {"type": "dict"},
    "first_boot": {"type": "bool", "default": False},
    "empty_peers": {"type": "list", "elements": "str", "default": []},
    "directories": {"type": "list", "elements": "dict", "default": [], "options": DIRECTORY},
    "registrations": {"type": "list", "elements": "dict", "default": []},
    "gate": {"type": "dict", "default": {}, "options": GATE},
    "drain": {"type": "str", "default": "10s"},
    "leader": {"type": "raw", "default": []},
    "once": {"type": "list", "elements": "dict", "default": [], "options": ONCE},
    "code": {"type": "dict", "options": CODE},
    "reload": {"type": "dict", "default": {}, "options": RELOAD},
    "files": {"type": "list", "elements": "dict", "default": [], "options": FILE},
    "secrets_at_rest": {"type": "str", "choices": ["memory", "systemd-creds"], "default": "memory"},
    "sidecars": {"type": "dict", "default": {}},
    "problems": {"type": "list", "elements": "str", "default": []},
}
ARGUMENT_SPEC: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "service": {"type": "str"},
    "image": {"type": "dict", "options": {**IMAGE, **SIDECAR_IMAGES}},
    "code": {"type": "dict", "options": IMAGE},
    "wanted": {"type": "dict", "default": {}},
    "secrets": {"type": "raw", "default": {}, "no_log": True},
}
# The module launch: its argument spec and rules.
LAUNCH: dict[str, t.Any] = {
    "argument_spec": {
        **CONSUL,
        **DOCKER,
        **ARGUMENT_SPEC,
        "state": {"type": "str", "choices": ["present", "absent", "watched"], "default": "present"},
        "watch": {"type": "str", "default": "30s"},
        "preflight": {"type": "bool", "default": False},
        "restart": {"type": "bool", "default": False},
        "takes_over": {"type": "str"},
        "alternate": {"type": "dict"},
        "release": {
            "type": "dict",
            "options": {
                **RELEASE,
                "min_healthy": {"type": "int", "default": 0},
                "batch": {"type": "list", "elements": "str", "default": []},
                "keep_images": {"type": "list", "elements": "str", "default": []},
            },
        },
    },
    "required_if": [("state", "present", ["image"]), ("state", "watched", ["image"])],
}
# Prefixes for errors of which Ansible gives the option's name only.
_KINDS = {UnsupportedError: "unknown: "}


def checked_wanted(wanted: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the option ``wanted`` with its defaults. Refuse wrong keys and types, and what could not be rendered."""
    checked = checked_options({"wanted": wanted}, "wanted", WANTED)
    if checked["problems"]:
        raise Failure("\n".join(checked["problems"]))
    return checked


def checked_options(given: dict[str, t.Any], key: str, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the mapping of a key with its defaults; refuse wrong keys and types in it."""
    result = ArgumentSpecValidator({key: {"type": "dict", "options": options}}).validate(given)
    wrong = [f"{_KINDS.get(type(error), '')}{error.msg}" for error in result.errors.errors]
    if wrong:
        raise Failure("\n".join(wrong))
    checked: dict[str, t.Any] = result.validated_parameters[key]
    return checked
