# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest lines of a service's instances on a host, without their secrets."""

from __future__ import annotations

import re
import time
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_log import Extent, Line, read_log
from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._durations import some_seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._masking import masked
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import INSTANCE, SERVICE
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.held_secrets import held_secrets

Result = dict[str, t.Any]


def newest_lines(params: Result) -> list[Result]:
    """Return for each container of the service its newest lines, sorted by name; ``params``: the module's options."""
    docker, extent = Docker(params["docker_host"]), extent_of(params)
    labelled = ((summary["Id"], summary["Labels"] or {}) for summary in docker.containers())
    ids = [identity for identity, labels in labelled if labels.get(INSTANCE) and labels.get(SERVICE) == params["name"]]
    answers = [answer for answer in map(docker.inspect, ids) if answer]  # others went away meanwhile
    return [_lines_of(docker, answer, extent) for answer in sorted(answers, key=lambda answer: str(answer["Name"]))]


def extent_of(params: Result) -> Extent:
    """Return which lines the options ask for."""
    for name in ("lines", "max_bytes"):
        if params[name] < 1:
            raise Failure(f"{name}: {params[name]} must be at least 1")
    since = time.time() - some_seconds(params["since"], "since") if params["since"] else None
    return Extent(params["lines"], since, pattern_of(params["grep"]), params["max_bytes"])


def pattern_of(text: str | None) -> re.Pattern[str] | None:
    """Return a regular expression; None where none is given."""
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise Failure(
            f"grep: {text!r} is not a regular expression ({error}); write a backslash before each character that is"
            " meant as it stands, such as \\["
        ) from error


def _lines_of(docker: Docker, answer: Result, extent: Extent) -> Result:
    secrets = held_secrets(answer)
    lines, is_cut = read_log(docker, answer, extent)
    shown = [Line(line.time, masked(line.text, secrets)) for line in lines]
    # A pattern that matches what is masked would tell that it is there.
    told = [line for line in shown if not extent.grep or extent.grep.search(line.text)]
    return {
        "instance": answer["Config"]["Labels"][INSTANCE],
        "container": answer["Name"].lstrip("/"),
        "lines": [line._asdict() for line in told],
        "cut": is_cut,
    }
