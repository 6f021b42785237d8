# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until a launch tells in the KV that it is at a stage. Run on a node, by its own Python.

Arguments: the key, the stage, seconds. By blocking queries on one connection, as some stages last for a moment only.
"""

from __future__ import annotations

import http.client
import os
import sys
import time

key, stage, patience = sys.argv[1], sys.argv[2], float(sys.argv[3])
deadline = time.monotonic() + patience
token = {"X-Consul-Token": os.environ["CONSUL_HTTP_TOKEN"]}
connection = http.client.HTTPConnection("127.0.0.1", 8500, timeout=30)
first = index = None
while time.monotonic() < deadline:
    connection.request("GET", f"/v1/kv/{key}?raw&wait=5s&index={index or 0}", headers=token)
    answer = connection.getresponse()
    note = answer.read().decode()
    index = answer.headers["X-Consul-Index"]
    # The note of the rollout before is still there.
    first = first or index
    if index != first and f'"doing": "{stage}"' in note:
        sys.exit()
sys.exit(f"not within {patience:g} s: {stage}")
