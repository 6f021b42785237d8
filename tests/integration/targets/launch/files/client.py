# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that is connected while its server is replaced: until it is cut off, or goes a while after the maintenance.

Arguments: the port, the URL of the agent, the service's ID, and for how many seconds it stays in its maintenance.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import time
import urllib.request

# Seconds that nothing here takes; a test that was stopped leaves no client behind.
AT_MOST = 120
PORT, AGENT, SERVICE, STAYS = sys.argv[1:]


def in_maintenance() -> bool:
    token = {"X-Consul-Token": os.environ["CONSUL_HTTP_TOKEN"]}
    with urllib.request.urlopen(urllib.request.Request(f"{AGENT}/v1/agent/checks", headers=token)) as answer:
        return f"_service_maintenance:{SERVICE}" in json.load(answer)


with socket.create_connection(("127.0.0.1", int(PORT)), AT_MOST) as client:
    end = time.monotonic() + AT_MOST
    while not in_maintenance() and time.monotonic() < end:
        time.sleep(0.1)
    client.settimeout(float(STAYS))
    with contextlib.suppress(OSError):
        client.recv(1)
