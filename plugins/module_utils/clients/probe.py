# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate's own probe of a check: Consul's first run of a check comes at a random point of its interval."""

from __future__ import annotations

import socket
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients import consul
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils.clients.docker import Docker

if not consul.IMPORT_ERROR:
    import requests
    import urllib3

PASSING, WARNING, CRITICAL = "passing", "warning", "critical"
# What Consul keeps of an answer is 4 KB; an error message needs less.
OUTPUT = 300


def probe(options: dict[str, t.Any], timeout: float) -> tuple[str, str]:
    """(status, output) of one run of a check that connects, as Consul would judge it; ``timeout`` in seconds."""
    return _http(options, timeout) if "http" in options else _tcp(options["tcp"], timeout)


def probe_inside(docker: Docker, options: dict[str, t.Any], timeout: float, limit: float) -> tuple[str, str]:
    """The same of a command in a container: 0 is passing, 1 warning, all else critical, no running container too.

    ``limit``: the time it was to have, which is told; ``timeout`` is what is left of it.
    """
    from ansible_collections.longshore.fleet.plugins.module_utils.clients.execs import execute

    command = options["args"]
    try:
        code, output = execute(docker, options["docker_container_id"], command, timeout)
    except Failure as failure:
        return CRITICAL, str(failure)[:OUTPUT]
    status = CRITICAL if code is None else {0: PASSING, 1: WARNING}.get(code, CRITICAL)
    said = f"did not end within {limit:g} s" if code is None else f"exit code {code}"
    return status, f"{' '.join(command)}: {said}: {output}"[:OUTPUT]


def ask(method: str, url: str, headers: dict[str, str], body: t.Any, timeout: float) -> tuple[int, str]:
    """(HTTP status, text) of any request; a body that is no text is sent as JSON. Without an answer 0 and why."""
    content = {"data": body.encode()} if isinstance(body, str) else {"json": body} if body is not None else {}
    try:
        answer = _answer(method, url, headers=headers, timeout=timeout, **content)
    except Failure as failure:
        return 0, str(failure)[:OUTPUT]
    return answer.status_code, answer.text


def page(url: str, timeout: float) -> tuple[int, str]:
    """(HTTP status, text) of a page; status 0 and the reason where there is no answer."""
    try:
        answer = _answer("GET", url, timeout=timeout)
    except Failure as failure:
        return 0, str(failure)
    return answer.status_code, answer.text


def _answer(method: str, url: str, **options: t.Any) -> requests.Response:
    """The answer to a request, or a ``Failure`` that says why there is none.

    No proxy, as the agent's own client has none for this. Of an address, a method or a header that can't be sent the
    libraries below requests tell by errors of their own, many of them a ValueError.
    """
    session = requests.Session()
    session.trust_env = False
    try:
        return session.request(method, url, **options)
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise Failure(str(error)) from error


def _http(options: dict[str, t.Any], timeout: float) -> tuple[str, str]:
    """2xx is passing, 429 warning, all else critical."""
    # requests wants one value a header; Consul has lists.
    headers = {name: ", ".join(values) for name, values in options.get("header", {}).items()}
    try:
        answer = _answer(
            options.get("method", "GET"),
            options["http"],
            headers=headers,
            data=options.get("body"),
            timeout=timeout,
            verify=not options.get("tls_skip_verify", False),
            allow_redirects=not options.get("disable_redirects", False),
        )
    except Failure as failure:
        return CRITICAL, f"{options['http']}: {failure}"[:OUTPUT]
    status = PASSING if answer.ok and answer.status_code < 300 else WARNING if answer.status_code == 429 else CRITICAL
    return status, f"{options['http']}: HTTP {answer.status_code}: {answer.text}"[:OUTPUT]


def _tcp(target: str, timeout: float) -> tuple[str, str]:
    host, _colon, port = target.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout).close()
    except (OSError, ValueError) as error:
        return CRITICAL, f"{target}: {error}"
    return PASSING, f"{target}: connected"
