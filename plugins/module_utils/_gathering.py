# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of service_info, which stack_info takes for each of several services."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL, DNS, DOCKER

GATHERING: dict[str, t.Any] = {
    "argument_spec": {
        **CONSUL,
        **DNS,
        **DOCKER,
        "survey": {"type": "str"},
        "code_path": {"type": "path"},
        "secret_fingerprints": {"type": "dict", "default": {}, "no_log": True},
        "service": {"type": "list", "elements": "str", "default": []},
        "name": {"type": "str"},
        "found": {"type": "bool"},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "release": {"type": "str"},
        "config_digest": {"type": "str", "default": ""},
        "noted": {"type": "bool", "default": False},
        "passing": {"type": "bool", "default": False},
        "prefix": {"type": "str", "default": "longshore"},
        "config": {"type": "list", "elements": "str", "default": []},
        "groups": {"type": "list", "elements": "str", "default": []},
        "config_schema": {"type": "dict", "default": {}},
        "peers": {"type": "dict", "default": {}},
    },
    "required_by": {"release": ["name"]},
    "required_if": [("noted", True, ["name"])],
}
