# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the services of a fleet are, and what to try next; the end of up.yml."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable

# Hosts of a service that are listed one by one.
MOST = 5


@dataclass(frozen=True)
class Place:
    """A service as its file has it: its port, the page that tells its health, and the addresses of its hosts."""

    service: str
    addresses: tuple[str, ...]
    port: int | None = None
    page: str | None = None

    @classmethod
    def from_keys(cls, service: str, addresses: t.Iterable[str], port: t.Any, check: t.Any) -> Place:
        """``port`` and ``check``: service_port and service_check, rendered; None where they are not given."""
        number = int(port) if isinstance(port, (int, str)) and str(port).isdecimal() else None
        page = check if isinstance(check, str) and check.startswith("/") else None
        return cls(service, tuple(addresses), number, page)

    def lines(self, domain: str) -> list[str]:
        """Return what people call; ``domain``: what Consul's DNS answers for."""
        if self.port is None:
            return [f"{self.service}: on {len(self.addresses)} hosts; status.yml shows its instances"]
        ends = [self._end(address) for address in self.addresses[:MOST]]
        more = len(self.addresses) - MOST
        rest = [f"and {more} more"] if more > 0 else []
        by_name = f"{self.service}.service.{domain}, port {self.port}: by Consul's DNS on the hosts"
        return [f"{self.service}:", *(f"  {end}" for end in [*ends, *rest, by_name])]

    def _end(self, address: str) -> str:
        end = f"{f'[{address}]' if ':' in address else address}:{self.port}"
        return end if self.page is None else f"http://{end}{self.page}"


def places_lines(places: t.Sequence[Place], domain: str, has_script: bool) -> list[str]:
    """Return the report for people. ``has_script``: whether the fleet's folder has the script that init writes."""
    if not places:
        return ["There is no service yet: write services/NAME.yml (docs/service.md)."]
    name = places[0].service
    verbs = (
        ["./fleet status", f"./fleet plan {name}", f"./fleet console {name}"]
        if has_script
        else [
            "ansible-playbook longshore.fleet.status",
            f"ansible-playbook longshore.fleet.deploy -e service={name} --check --diff",
            f"ansible-playbook longshore.fleet.show -e service={name}",
        ]
    )
    there = [line for place in places for line in place.lines(domain)]
    return [printable(line) for line in [*there, "Next:", *(f"  {verb}" for verb in verbs)]]
