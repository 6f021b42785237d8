# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks Consul for a service's passing instances, again and again, until a file exists: how often, and how often in vain.

Arguments: the service's name, the file.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request

service, end = sys.argv[1:]
asked = missed = 0
while not os.path.exists(end) and asked < 10000:
    with urllib.request.urlopen(f"http://127.0.0.1:8500/v1/health/service/{service}?passing=1", timeout=10) as answer:
        asked += 1
        missed += not json.load(answer)
    time.sleep(0.005)
print(json.dumps({"asked": asked, "missed": missed}))
