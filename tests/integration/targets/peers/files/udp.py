# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a naive client asks, by UDP: python udp.py NAME SRV PORT. Prints flags, count, and the records in their order."""

from __future__ import annotations

import json
import sys

import dns.flags
import dns.message
import dns.query

name, kind, port = sys.argv[1:]
answer = dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", timeout=5, port=int(port))
records = [record.to_text() for record_set in answer.answer for record in record_set]
print(json.dumps({"truncated": bool(answer.flags & dns.flags.TC), "records": records}))
