# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the Docker Engine, as they stand in its daemon.json: merging, and what a change asks of the engine."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

Settings = dict[str, t.Any]

NONE, RELOAD, RESTART = "none", "reload", "restart"
# What the engine takes over at a SIGHUP, by Docker's documentation ("Configuration reload behavior").
RELOADABLE = frozenset(
    (
        "allow-nondistributable-artifacts",
        "authorization-plugins",
        "debug",
        "default-runtime",
        "features",
        "insecure-registries",
        "labels",
        "live-restore",
        "max-concurrent-downloads",
        "max-concurrent-uploads",
        "max-download-attempts",
        "registry-mirrors",
        "runtimes",
        "shutdown-timeout",
    )
)
# After a restart with another value of these, the engine would not find its running containers, or not their network.
UNRESTORABLE = frozenset(
    (
        "bip",
        "bridge",
        "cgroup-parent",
        "containerd",
        "containerd-namespace",
        "data-root",
        "exec-opts",
        "exec-root",
        "fixed-cidr",
        "fixed-cidr-v6",
        "graph",
        "iptables",
        "ipv6",
        "storage-driver",
        "storage-opts",
        "userns-remap",
    )
)
# The one feature that is where images and containers are kept.
SNAPSHOTTER = "containerd-snapshotter"


def parsed(text: str, path: str) -> Settings:
    """Return the settings of a file, none of an empty one. Refuse what the engine would not read."""
    if not text.strip():
        return {}
    try:
        settings = json.loads(text)
    except json.JSONDecodeError as error:
        raise Failure(
            f"{path}: line {error.lineno}, column {error.colno}: {error.msg}. It is no JSON, so nothing can be merged"
            " with it, and the engine would not start with it. Mend it, or remove it."
        ) from error
    if not isinstance(settings, dict):
        raise Failure(f"{path}: expected an object, such as {{}}, not {text.strip()[:20]}. Mend it, or remove it.")
    return settings


def as_text(settings: Settings) -> str:
    """Return the settings as they are written."""
    return json.dumps(settings, indent=2) + "\n" if settings else "{}\n"


def merged(there: Settings, wanted: Settings) -> Settings:
    """Return the settings of the file with those that are wanted.

    A wanted key wins and all other keys stay; objects are merged key by key, lists are as wanted; null removes a key.
    """
    found = dict(there)
    if "log-opts" in found and "log-driver" in wanted and wanted["log-driver"] != there.get("log-driver", "json-file"):
        del found["log-opts"]  # of the other driver; the engine does not start with an option that a driver lacks
    for key, value in wanted.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict):
            kept = found.get(key)
            found[key] = merged(
                kept if isinstance(kept, dict) else {}, _as_texts(value) if key == "log-opts" else value
            )
        else:
            found[key] = value
    return found


def _as_texts(options: Settings) -> Settings:
    """Return options of logs as the engine takes them: ``max-file: 9`` must be a string."""
    return {key: _as_text(value) for key, value in options.items()}


def _as_text(value: t.Any) -> t.Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


@dataclass(frozen=True)
class Difference:
    """What differs between the settings that the engine has loaded and those it is to have, by keys."""

    reload: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()
    # Those of ``restart`` with which running containers would be lost.
    unrestorable: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """The mildest thing that makes the engine take it over."""
        return RESTART if self.restart else RELOAD if self.reload else NONE


def difference(loaded: Settings, wanted: Settings) -> Difference:
    """Return which keys differ, and what each asks of the engine."""
    changed = sorted(key for key in loaded.keys() | wanted.keys() if loaded.get(key) != wanted.get(key))
    restart = [key for key in changed if not _reloads(key, loaded, wanted)]
    moves = _snapshotter(loaded) != _snapshotter(wanted)
    return Difference(
        reload=tuple(key for key in changed if key not in restart),
        restart=tuple(restart),
        unrestorable=tuple(key for key in restart if key in UNRESTORABLE or (key == "features" and moves)),
    )


def _reloads(key: str, loaded: Settings, wanted: Settings) -> bool:
    """Tell whether a reload takes a change over. Of a key that is gone the engine keeps the value it has."""
    if key not in RELOADABLE or key not in wanted:
        return False
    return key != "features" or _snapshotter(loaded) == _snapshotter(wanted)


def _snapshotter(settings: Settings) -> t.Any:
    features = settings.get("features")
    return features.get(SNAPSHOTTER) if isinstance(features, dict) else None
