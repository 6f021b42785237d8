"""Prints a subnet and a port that nothing on this machine uses: `python free_addresses.py longshore-0a1b2c3d`.

The search starts at a place derived from the lab's name, so that a lab made anew gets the same ones again.
"""

from __future__ import annotations

import ipaddress
import itertools
import json
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

SUBNETS = list(ipaddress.IPv4Network("10.96.0.0/12").subnets(new_prefix=24))
PORTS = range(20000, 30000)  # below the ports that the kernel hands out by itself


def routed_networks() -> Iterator[ipaddress.IPv4Network]:
    """Yield the networks this machine has a route to; Docker's own networks are among them."""
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        _interface, destination, _gateway, _flags, _refs, _use, _metric, mask, *_rest = line.split()
        if int(mask, 16):  # not the default route
            address, netmask = (socket.inet_ntoa(struct.pack("<L", int(number, 16))) for number in (destination, mask))
            yield ipaddress.IPv4Network(f"{address}/{netmask}")


def is_free(port: int) -> bool:
    """Tell whether nothing listens on this port of the loopback address."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def main(lab_name: str) -> None:
    """Print the first free subnet and the first free port as JSON."""
    start = int(lab_name.rsplit("-", 1)[1], 16)
    taken = list(routed_networks())
    subnets = itertools.islice(itertools.cycle(SUBNETS), start % len(SUBNETS), start % len(SUBNETS) + len(SUBNETS))
    ports = itertools.islice(itertools.cycle(PORTS), start % len(PORTS), start % len(PORTS) + len(PORTS))
    subnet = next(subnet for subnet in subnets if not any(subnet.overlaps(other) for other in taken))
    print(json.dumps({"subnet": str(subnet), "port": next(filter(is_free, ports))}))


if __name__ == "__main__":
    main(sys.argv[1])
