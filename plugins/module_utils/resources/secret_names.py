# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of ``service_secrets``: an entry of the environment, or a file's absolute path in the container."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.value_kinds import Kind, is_path

NAME = Kind(
    "the name of an environment variable or an absolute path of a file",
    "API_TOKEN or /run/secrets/token",
    lambda name: isinstance(name, str) and (is_path(name) or bool(re.fullmatch(r"[^=/\s\0]+", name))),
)


def wrong_names(names: t.Iterable[t.Any], environment: t.Any) -> list[str]:
    """Return an error for each name that is wrong, or that ``service_container.environment`` has as well."""
    found: list[str] = []
    given = {str(entry).partition("=")[0] for entry in environment or ()}
    for name in names:
        found += NAME.problems(name, "service_secrets")
        if name in given:
            found.append(f"service_secrets.{name}: service_container.environment has the same name; remove one of them")
    return found


def refuse_wrong_names(names: t.Iterable[t.Any], environment: t.Any) -> None:
    """Raise ``Failure`` with all that is wrong with the names, a line each."""
    found = wrong_names(names, environment if isinstance(environment, (dict, list)) else None)
    if found:
        raise Failure("\n".join(found))
