# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of ``service_secrets``: an entry of the environment, or a file's absolute path in the container."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import lies_in, mount_targets
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import Kind, is_path

NAME = Kind(
    "the name of an environment variable or an absolute path of a file",
    "API_TOKEN or /run/secrets/token",
    lambda name: (
        isinstance(name, str)
        and ((is_path(name) and not name.endswith("/")) or bool(re.fullmatch(r"[^=/\s\0]+", name)))
    ),
)


def wrong_names(names: t.Collection[t.Any], environment: t.Any) -> list[str]:
    """Return an error for each name that is wrong, or that ``service_container.environment`` has as well."""
    found: list[str] = []
    given = {str(entry).partition("=")[0] for entry in environment or ()}
    for name in names:
        found += NAME.problems(name, "service_secrets")
        if f"{posixpath.normpath(str(name))}/".startswith("/proc/"):
            found.append(f"service_secrets.{name}: the kernel has its own files below /proc; give another path")
        if name in given:
            found.append(f"service_secrets.{name}: service_container.environment has the same name; remove one of them")
    return found or _in_each_other([name for name in names if name.startswith("/")])


def _in_each_other(paths: t.Sequence[str]) -> list[str]:
    """Return an error for each file that has the place of another one, or would have to be its folder."""
    found, places = [], [posixpath.normpath(path) for path in paths]
    for number, place in enumerate(places):
        others = [*places[:number], *places[number + 1 :]]
        if place in places[:number] or any(other.startswith(f"{place}/") for other in others):
            found.append(f"service_secrets.{paths[number]}: another one is at or below the same path; correct one")
    return found


def covered_files(names: t.Iterable[t.Any], options: dict[str, t.Any]) -> t.Iterator[str]:
    """Yield an error for each file at whose path, or below it, the container's options mount something else."""
    targets = [posixpath.normpath(target) for target in mount_targets(options)]
    for name in names:
        if str(name).startswith("/") and any(lies_in(target, [posixpath.normpath(name)]) for target in targets):
            yield (
                f"service_secrets.{name}: service_container mounts something at or below the same path (volumes,"
                " mounts, tmpfs); remove one of them"
            )


def refuse_covered_files(names: t.Iterable[t.Any], options: dict[str, t.Any]) -> None:
    """Raise ``Failure`` with all secret files that would lie where something else is mounted."""
    found = list(covered_files(names, options))
    if found:
        raise Failure("\n".join(found))


def refuse_wrong_names(names: t.Collection[t.Any], environment: t.Any) -> None:
    """Raise ``Failure`` with all that is wrong with the names, a line each."""
    found = wrong_names(names, environment if isinstance(environment, (dict, list)) else None)
    if found:
        raise Failure("\n".join(found))
