# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills the catalog of an agent of the test's own: python instances.py http://127.0.0.1:18500"""

from __future__ import annotations

import json
import sys
import typing as t
import urllib.request


def put(path: str, body: t.Any) -> None:
    request = urllib.request.Request(f"{sys.argv[1]}/v1/{path}", json.dumps(body).encode(), method="PUT")
    urllib.request.urlopen(request, timeout=10).close()


def instance(service: str, node: str, at: str, status: str = "passing", **registered: t.Any) -> None:
    """One instance on a node of its own, or on one that is there already."""
    check = {"CheckID": f"of-{service}", "Name": "test", "ServiceID": service, "Status": status}
    registration = {"ID": service, "Service": service, "Port": 9200, **registered}
    put("catalog/register", {"Node": node, "Address": at, "Service": registration, "Check": check})


for number in range(1, 201):
    tags = [tag for tag, every in (("even", 2), ("third", 3)) if number % every == 0]
    instance("many", f"many-{number}", f"192.0.2.{number}", Port=9000 + number, Tags=tags)

for number, status in enumerate(("passing", "warning", "critical"), start=1):
    instance("mixed", f"many-{number}", f"192.0.2.{number}", status)

# Two instances at one address, one of IPv6, one at a host name, and one on the agent's own node.
instance("odd", "many-1", "192.0.2.1", Port=1)
instance("odd", "many-2", "192.0.2.2", Port=2, Address="192.0.2.1")
instance("odd", "many-3", "192.0.2.3", Port=3, Address="2001:DB8:0::3")
instance("odd", "many-4", "192.0.2.4", Port=4, Address="db.example.org")
put("agent/service/register", {"Name": "odd", "Port": 5})

instance("under_score", "many-1", "192.0.2.1")
instance("dotted", "many-1", "192.0.2.1", Tags=["v1.2"])

# Distances are told by coordinates: many-1 is near many-2, and far from many-3.
for number, place in enumerate((0.001, 0.002, 0.1), start=1):
    instance("placed", f"many-{number}", f"192.0.2.{number}")
    coordinate = {"Vec": [place, *[0.0] * 7], "Error": 0.1, "Height": 0.00001, "Adjustment": 0.0}
    put("coordinate/update", {"Node": f"many-{number}", "Coord": coordinate})
