# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scenarios' steady clients share: they ask until the file STOP is there, and tell as JSON what they saw."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import typing as t
import urllib.request
from pathlib import Path

import dns.exception
import dns.message
import dns.query

# Seconds after which a client that nobody stops fails.
AT_MOST = 3600


def rounds(stop: str, pause: float) -> t.Iterator[None]:
    """Yield again and again, with a pause after each round, until told to stop."""
    deadline = time.monotonic() + AT_MOST
    while not Path(stop).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody made {stop} within {AT_MOST} seconds")
        yield
        time.sleep(pause)


def tell(**seen: t.Any) -> None:
    """Print what was seen."""
    print(json.dumps(seen))


def answer(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: t.Mapping[str, str] | None = None,
    patience: float = 5.0,
    tls: ssl.SSLContext | None = None,
) -> bytes:
    """Return the body of one answer; OSError where there is none in time, or another status than 2xx."""
    request = urllib.request.Request(url, body, dict(headers or {}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=patience, context=tls) as response:
            return t.cast("bytes", response.read())
    except http.client.HTTPException as error:
        raise ConnectionError(repr(error)) from error


def ask_dns(agent: str, name: str, kind: str, patience: float = 5.0) -> dns.message.Message | None:
    """Return what an agent's DNS answers by TCP, as that has no limit of answers; None where it does not."""
    try:
        return dns.query.tcp(dns.message.make_query(name, kind), agent, patience, 8600)
    except (OSError, EOFError, dns.exception.DNSException):
        return None
