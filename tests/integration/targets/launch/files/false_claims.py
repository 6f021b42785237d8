# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts how often a service is passing while nobody listens at its port, until a file is there: one JSON on stdout.

Arguments: service, port, file.
"""

from __future__ import annotations

import json
import socket
import sys
import time
import urllib.request
from pathlib import Path

service, port, end = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])


def is_passing() -> bool:
    """As clients ask Consul."""
    with urllib.request.urlopen(f"http://127.0.0.1:8500/v1/health/service/{service}?passing=1", timeout=10) as answer:
        return bool(json.load(answer))


def listens() -> bool:
    """Whether the port takes a connection."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


seen = {"passing": 0, "silent": 0, "claims": 0}
limit = time.monotonic() + 90
while not end.exists() and time.monotonic() < limit:
    before, up, after = is_passing(), listens(), is_passing()
    seen["passing"] += before
    seen["silent"] += not up
    seen["claims"] += before and after and not up
    time.sleep(0.02)
print(json.dumps(seen))
