# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service file written out: every key, with its default where it is left out, and where each value comes from."""

from __future__ import annotations

import typing as t

import yaml
from ansible.parsing.vault import EncryptedString

from ansible_collections.longshore.fleet.plugins.module_utils._masking import MASK
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.normalise import DEFAULTS, ROTATION
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_values import is_template
from ansible_collections.longshore.fleet.plugins.plugin_utils._short_form import CHECK, LONG, PORT, SHORT

Values = dict[str, t.Any]
DEFAULT = "default"
# What service_container has, unless given; written as the defaults of other keys are.
CONTAINER: Values = {**DEFAULTS, "log_config": {"type": "json-file", "config": ROTATION}}
# Columns of a line of YAML before it is broken.
WIDTH = 120


def long_form(spec: dict[str, Values], values: Values, origins: dict[str, str], name: str) -> list[str]:
    """Return the lines, of YAML, each key with its origin in a comment.

    ``spec``: of the service file; ``values``: key -> what holds, templates untouched, with the registrations expanded.
    ``origins``: key -> where it comes from, as far as it is given. ``name``: of the service.
    """
    lines: list[str] = []
    for key, option in spec.items():
        if key in SHORT or (key not in values and "default" not in option):
            continue
        value = plain(values.get(key, option.get("default")), is_secret=key == "service_secrets")
        origin = origins.get(key, DEFAULT)
        if key == LONG and any(short in origins for short in SHORT):
            origin = ", ".join(f"{short} of {origins[short]}" for short in (PORT, CHECK) if short in origins)
        defaults = _defaults(key, option, value, name)
        if isinstance(value, dict) and defaults:
            lines += [f"{key}:  # {origin}", *_nested(value, defaults)]
        else:
            lines += _entry(key, value, origin)
    return lines


def service_lines(service: str, shown: dict[str, Values]) -> list[str]:
    """Return the long form, once for hosts that have the same, and the shell lines of each host."""
    hosts_of: dict[tuple[str, ...], list[str]] = {}
    for host, result in shown.items():
        hosts_of.setdefault(tuple(result["long_form"]), []).append(host)
    lines: list[str] = []
    for long, hosts in hosts_of.items():
        lines += ["", f"# The service {service} in the long form, for {', '.join(hosts)}", *long]
    for host, result in shown.items():
        lines += ["", f"# What a deploy comes to on {host}, as a shell would say it", *result["shell"]]
    return [*lines, ""]


def _defaults(key: str, option: Values, value: t.Any, name: str) -> Values:
    """Return what a mapping has where it leaves it out; nothing of one that is not used."""
    if key == "service_container":
        return {k: v for k, v in CONTAINER.items() if not (k == "network_mode" and "network" in (value or {}))}
    if not value and key not in ("service_gate", "service_rollout"):
        return {}
    found = {inner: entry["default"] for inner, entry in option.get("options", {}).items() if "default" in entry}
    if key == "service_image" and "context" in value:
        return {"name": name, "dockerfile": found["dockerfile"], "timeout": found["timeout"]}
    return {} if key == "service_image" else found


def _nested(value: Values, defaults: Values) -> list[str]:
    given = [line for key, inner in value.items() for line in _entry(key, inner, "")]
    left_out = [line for key, inner in defaults.items() if key not in value for line in _entry(key, inner, DEFAULT)]
    return [f"  {line}" for line in (*given, *left_out)]


def _entry(key: str, value: t.Any, origin: str) -> list[str]:
    """Return a key and its value as lines of YAML, the origin behind the first."""
    first, *rest = yaml.safe_dump({key: value}, sort_keys=False, width=WIDTH, allow_unicode=True).splitlines()
    return [f"{first}  # {origin}" if origin else first, *rest]


def plain(value: t.Any, is_secret: bool = False) -> t.Any:
    """Return a value of Ansible's as one of Python's own. What is encrypted, or a secret written out, is masked."""
    if isinstance(value, dict):
        return {str(key): plain(inner, is_secret) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner, is_secret) for inner in value]
    if value is None or (is_template(value) and isinstance(value, str)):
        return None if value is None else str.__str__(value)
    if is_secret or isinstance(value, EncryptedString):
        return MASK
    if isinstance(value, bool):
        return bool(value)
    return next((kind(value) for kind in (int, float) if isinstance(value, kind)), str.__str__(str(value)))
