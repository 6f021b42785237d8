# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Consul agent of this host as a program and a unit, asked with the system's Python alone."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import pwd
import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.commands import run_within

API = ("127.0.0.1", 8500)
# Seconds that a command or a request may take.
ANSWER = 20


def request(path: str) -> tuple[int | None, t.Any]:
    """Return status and JSON of what the agent answers to who has no token; None and nothing where it doesn't."""
    connection = http.client.HTTPConnection(*API, timeout=ANSWER)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", f"/v1/{path}")
        response = connection.getresponse()
        body = response.read()
        with contextlib.suppress(ValueError):
            return response.status, json.loads(body)
        return response.status, None
    return None, None


def version_of(program: str) -> str:
    """Return the version of Consul's program; empty where there is none that runs."""
    with contextlib.suppress(OSError):
        found = re.search(r"\d+\.\d+\.\d+", run_within((program, "version"), os.environ, ANSWER)[1])
        return found[0] if found else ""
    return ""


def has_user(name: str) -> bool:
    """Tell whether this host has a user of this name."""
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(name))
    return False


class Digests:
    """Digests of this host's files, each read once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Return the SHA-256 of a file, in hexadecimal digits; empty where it cannot be read."""
        if path not in self._known:
            self._known[path] = _sha256(path)
        return self._known[path]

    def agree_with(self, note: str) -> bool:
        """Tell whether the files are as a note says that sha256sum has written; a missing note says nothing."""
        with contextlib.suppress(OSError), open(note, encoding="utf-8") as file:
            lines = [line.rstrip("\n").split("  ", 1) for line in file]
            return bool(lines) and all(len(line) == 2 and self.of(line[1]) == line[0] for line in lines)
        return False


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with contextlib.suppress(OSError), open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
        return digest.hexdigest()
    return ""
