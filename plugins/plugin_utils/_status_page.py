# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status page as a file with all in it that status.yml has found, for those who do not reach Consul."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.plugin_utils._release_changes import SHORT
from ansible_collections.longshore.fleet.plugins.plugin_utils._reports import hosts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result

# The same that Consul's agents serve; what stands here in it is then what Consul is asked for.
SOURCE = Path(__file__).parents[2] / "roles/consul/files/status.html"
PLACE = '{"prefix": "longshore"}'
# Of a record, what the page shows; `config` is not among it, as values are not in what modules return.
SHOWN = (
    *("id", "state", "started", "who", "where", "commit", "image", "code", "service_file", "config_digest"),
    *("back_to", "promoted_from", "removed", "set_aside"),
)


def page_of(rows: list[Result], services: dict[str, Result], taken: str, problem: str = "") -> str:
    """Return the page.

    ``rows``: of ``status_rows``, ``services``: of release_info, ``taken``: when, in ISO 8601; ``problem``: why the
    records of the services are missing.
    """
    records = {name: _told(info) for name, info in services.items()}
    told = {"taken": taken, "rows": rows, "services": records, "problem": problem}
    # Nothing in it can end the element that it stands in, whoever wrote it.
    data = json.dumps(told).replace("<", "\\u003c")
    return SOURCE.read_text(encoding="utf-8").replace(PLACE, data)


def _told(info: Result) -> Result:
    """Return what a service's records say, without what makes a page of a large fleet slow to open."""
    return {**info, "releases": [_record(release, info["nodes"]) for release in info["releases"]]}


def _record(release: Result, nodes: t.Any) -> Result:
    rendered = {host: str(digest)[:SHORT] for host, digest in release.get("rendered", {}).items()}
    shown = {name: release[name] for name in SHOWN if release.get(name)}
    return {**shown, "rendered": rendered, "summary": hosts_of(release, nodes)}
