# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches Consul's servers: how many are alive and healthy, as the leader sees them, and how many are peers of Raft.

    TOKEN=... servers_client.py STOP SERVER...

Each look is told by the first server that answers by HTTPS; while none has a leader, there is none.
"""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import sys
import typing as t
import urllib.error

from steady import answer, rounds, tell

PAUSE, PATIENCE = 0.2, 2.0
# How older versions say so, with the same body.
NOT_ALL_HEALTHY = 429
TLS = ssl.create_default_context(cafile="/etc/consul.d/tls/ca.pem")


def ask(servers: tuple[str, ...], path: str) -> t.Any:
    """Return what the first server that answers tells; None where none does."""
    headers = {"X-Consul-Token": os.environ["TOKEN"]}
    for server in servers:
        with contextlib.suppress(OSError):
            try:
                return json.loads(
                    answer(f"https://{server}:8501/v1/operator/{path}", headers=headers, patience=PATIENCE, tls=TLS)
                )
            except urllib.error.HTTPError as error:
                if error.code == NOT_ALL_HEALTHY:
                    return json.load(error)
    return None


def main(stop: str, *servers: str) -> None:
    """Look until told to stop, and tell what was seen."""
    peers, alive, healthy = [], [], []
    for _round in rounds(stop, PAUSE):
        if raft := ask(servers, "raft/configuration"):
            peers.append(sum(peer["Voter"] for peer in raft["Servers"]))
        # A leader that is new tells of none before it has asked them.
        if voting := [
            server for server in (ask(servers, "autopilot/health") or {}).get("Servers") or () if server["Voter"]
        ]:
            alive.append(sum(server["SerfStatus"] == "alive" for server in voting))
            healthy.append(sum(server["Healthy"] for server in voting))
    tell(
        looks=len(peers),
        peers=sorted(set(peers)),
        fewest_alive=min(alive),
        fewest_healthy=min(healthy),
        last_healthy=healthy[-1],
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
