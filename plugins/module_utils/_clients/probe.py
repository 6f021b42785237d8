# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate's own probe of a check: Consul's first run of a check comes at a random point of its interval."""

from __future__ import annotations

import socket
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.exchange import Answer, exchange
from ansible_collections.longshore.fleet.plugins.module_utils._clients.tls import Trust
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._masking import beginning

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker

PASSING, WARNING, CRITICAL = "passing", "warning", "critical"
# What Consul keeps of an answer is 4 KB; an error message needs less.
OUTPUT = 300
# Bytes that are kept of an answer to a check, and of one that is looked into.
KEPT, LOOKED_INTO = 4 * 1024, 1024 * 1024


def probe(options: dict[str, t.Any], timeout: float) -> tuple[str, str]:
    """Run a check that connects once; return (status, output) as Consul would judge it. ``timeout`` in seconds."""
    return _http(options, timeout) if "http" in options else _tcp(options["tcp"], timeout)


def probe_inside(docker: Docker, options: dict[str, t.Any], timeout: float, limit: float) -> tuple[str, str]:
    """Run a command in a container: 0 is passing, 1 warning, all else critical, no running container too.

    ``limit``: the time it was to have, which is told; ``timeout`` is what is left of it.
    """
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.execs import execute

    command = options["args"]
    try:
        code, output = execute(docker, options["docker_container_id"], command, timeout)
    except Failure as failure:
        return CRITICAL, beginning(str(failure), OUTPUT)
    status = CRITICAL if code is None else {0: PASSING, 1: WARNING}.get(code, CRITICAL)
    said = f"did not end within {limit:g} s" if code is None else f"exit code {code}"
    return status, beginning(f"{' '.join(command)}: {said}: {output}", OUTPUT)


def ask(
    method: str, url: str, headers: dict[str, str], body: t.Any, timeout: float, trust: Trust | None = None
) -> Answer:
    """Return the answer to any request, a body that is no text sent as JSON; status 0 and the reason without one."""
    content = {"data": body.encode()} if isinstance(body, str) else {"json": body} if body is not None else {}
    try:
        return exchange(method, url, timeout, LOOKED_INTO, trust or Trust(), headers=headers, **content)
    except Failure as failure:
        return Answer(0, beginning(str(failure), OUTPUT))


def page(url: str, timeout: float, trust: Trust | None = None) -> Answer:
    """Return the answer of a page; status 0 and the reason where there is none."""
    return ask("GET", url, {}, None, timeout, trust)


def _http(options: dict[str, t.Any], timeout: float) -> tuple[str, str]:
    """Judge the answer of a page: 2xx is passing, 429 warning, all else critical."""
    # requests wants one value a header; Consul has lists.
    headers = {name: ", ".join(values) for name, values in options.get("header", {}).items()}
    trust = Trust(
        verify=not options.get("tls_skip_verify", False),
        server_name=options.get("tls_server_name", ""),
    )
    try:
        answer = exchange(
            options.get("method", "GET"),
            options["http"],
            timeout,
            KEPT,
            trust,
            headers=headers,
            data=options.get("body"),
            allow_redirects=not options.get("disable_redirects", False),
        )
    except Failure as failure:
        return CRITICAL, beginning(f"{options['http']}: {failure}", OUTPUT)
    status = PASSING if 200 <= answer.status < 300 else WARNING if answer.status == 429 else CRITICAL
    return status, beginning(f"{options['http']}: HTTP {answer.status}: {answer.text}", OUTPUT)


def _tcp(target: str, timeout: float) -> tuple[str, str]:
    host, _colon, port = target.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout).close()
    except (OSError, ValueError) as error:
        return CRITICAL, f"{target}: {error}"
    return PASSING, f"{target}: connected"
