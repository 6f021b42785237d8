# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with ``service_container`` before any engine is asked: names, types, ranges, and what excludes what."""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container import doubles, start_rules
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_kinds import VOLUME_NAME
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_types import OPTIONS

Options = dict[str, t.Any]
# What launch itself says: not the user's to set.
OURS = ("image", "name", "detach", "version")
OF_A_BRIDGE = ("ports", "publish_all_ports", "links", "mac_address")
# Kind of network_mode -> the options that the engine ignores with it, or refuses.
WITHOUT_EFFECT = {
    "host": OF_A_BRIDGE,
    "none": OF_A_BRIDGE,
    "container": (*OF_A_BRIDGE, "hostname", "domainname", "dns", "extra_hosts"),
}


def container_problems(options: Options, where: str = "service_container") -> list[str]:
    """Return an error for each option that is wrong; an option without a value is one that is not given."""
    given = {name: value for name, value in options.items() if value is not None}
    found = [problem for name, value in given.items() for problem in option_problems(name, value, where)]
    return found or [f"{where}.{problem}" for rule in RULES for problem in rule(given)]


def option_problems(name: str, value: t.Any, parent: str = "service_container") -> t.Iterator[str]:
    """Yield an error for each part of one option that is wrong, whatever the others are."""
    where = f"{parent}.{name}"
    if name in OURS:
        yield f"{where}: Longshore sets this itself; remove it"
    elif name not in OPTIONS:
        near = difflib.get_close_matches(str(name), OPTIONS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(OPTIONS))}"
        yield f"{where}: the Docker SDK has no such option; {hint}"
    else:
        yield from OPTIONS[name].problems(value, where)


def _network(options: Options) -> t.Iterator[str]:
    if options.get("network") and options.get("network_mode"):
        yield "network: excludes network_mode; remove one of them"
    mode = str(options.get("network") or options.get("network_mode") or "host")
    kind = next((kind for kind in WITHOUT_EFFECT if mode == kind or mode.startswith(f"{kind}:")), "")
    for name in WITHOUT_EFFECT.get(kind, ()):
        if options.get(name):
            where = "on the host's network, the default" if kind == "host" else f"with network_mode: {mode}"
            yield f"{name}: has no effect {where}; remove it, or set network_mode: bridge"
    for name in ("hostname", "domainname"):
        if options.get(name) and options.get("uts_mode") == "host":
            yield f"{name}: a container with uts_mode: host has the host's own; remove one of them"


def _kept_alive(options: Options) -> t.Iterator[str]:
    policy = options.get("restart_policy") or {}
    if policy.get("MaximumRetryCount") and policy.get("Name") != "on-failure":
        yield f"restart_policy.MaximumRetryCount: belongs to on-failure, not to {policy.get('Name')}; remove it"
    if options.get("auto_remove"):
        yield "auto_remove: Longshore keeps the old container until the new one passes, and removes it then; remove it"


def _cpus(options: Options) -> t.Iterator[str]:
    for name in ("cpu_quota", "cpu_period"):
        if options.get("nano_cpus") and options.get(name):
            yield f"{name}: excludes nano_cpus; remove one of them"


def _swap(options: Options) -> t.Iterator[str]:
    if options.get("memswap_limit") not in (None, 0, -1) and not options.get("mem_limit"):
        yield "memswap_limit: is memory and swap together, and needs mem_limit; give that too"


def _ulimits(options: Options) -> t.Iterator[str]:
    for number, entry in enumerate(options.get("ulimits", ())):
        if not {"name", "soft", "hard"} <= {name.lower() for name in entry}:
            yield f"ulimits[{number}]: needs name, soft and hard (example: {{name: nofile, soft: 1024, hard: 4096}})"


def _sources(options: Options) -> t.Iterator[str]:
    for number, mount in enumerate(options.get("mounts") or ()):
        kind, source = mount.get("type", "volume"), mount.get("source")
        if kind == "bind" and not str(source or "").startswith("/"):
            yield f"mounts[{number}].source: {source!r} is not an absolute path of the host (example: /srv/data)"
        elif kind == "volume" and source and not VOLUME_NAME.fullmatch(source):
            yield f"mounts[{number}].source: {source!r} is not the name of a volume; a path needs type: bind"
        elif kind == "tmpfs" and source:
            yield f"mounts[{number}].source: a tmpfs has none; remove it"


RULES = (_network, _kept_alive, _cpus, _swap, _ulimits, _sources, *doubles.RULES, *start_rules.RULES)
