# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a check does not pass, where the host itself can tell: what listens on its port, and who answers there."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from urllib.parse import urlsplit

from ansible_collections.longshore.fleet.plugins.module_utils._clients import sockets
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check import Check
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

ANSWERED = re.compile(r": HTTP (\d{3}): ")
NOT_FOUND = "404"
CHECK = "service_check, or the check in service_registrations"


def reasons(host: Host, container: str, checks: t.Iterable[Check], outputs: dict[str, str]) -> str:
    """Return in sentences what keeps checks that connect from passing; empty where that cannot be seen.

    ``outputs``: check's ID -> its status and last output.
    """
    answer = host.docker.inspect(container) if host.docker.is_local else None
    if answer is None or not answer["State"]["Running"]:
        return ""
    failing = [check for check in checks if check.connects and not outputs.get(check.id, "").startswith("passing")]
    told = (_reason(host, answer, check.options, outputs.get(check.id, "")) for check in failing)
    return " ".join(dict.fromkeys(filter(None, told)))


def _reason(host: Host, answer: dict[str, t.Any], options: dict[str, t.Any], output: str) -> str:
    url = urlsplit(options["http"] if "http" in options else f"//{options['tcp']}")
    asked = url.port or (443 if url.scheme == "https" else 80)
    on_host = answer["HostConfig"]["NetworkMode"] == "host"
    port = asked if on_host else _inside(answer, asked)
    if port is None:
        return ""
    listening = sockets.listening_at(answer["State"]["Pid"])
    there = [found for found in listening if found.port == port]
    inside = "" if on_host else " in the container"
    pids = host.docker.pids(answer["Id"])
    own = frozenset().union(*map(sockets.held, pids))
    if not there:
        others = sorted({found.port for found in listening if found.inode in own})
        return _silent(port, inside, others)
    stranger = next((found for found in there if found.inode not in own), None)
    pid, name = sockets.holder(stranger) if stranger and on_host else (0, "")
    if pid and pid not in pids:
        return (
            f"Port {port} is that of {name} (pid {pid}), which is not in this container: stop it, or take another port."
        )
    if all(_is_loopback(found.address) for found in there) and not _is_loopback(url.hostname or "" if on_host else ""):
        asks = f"the check asks {url.hostname}" if on_host else "what comes from outside does not reach it"
        return (
            f"Port {port}{inside} is open on {there[0].address} only, and {asks}: let the application listen on all"
            " addresses (0.0.0.0)."
        )
    return _answered(options, output)


def _silent(port: int, inside: str, others: t.Sequence[int]) -> str:
    """Say that nothing listens on a port. ``others``: on which the application does."""
    if not others:
        return (
            f"Nothing listens on port {port}{inside}, and the application on no other port: it is not ready yet"
            " (service_gate.timeout), or waits for something; what it wrote may tell."
        )
    ports = ", ".join(map(str, others))
    return (
        f"Nothing listens on port {port}{inside}; the application listens on {ports}: correct service_port (or"
        " service_registrations), or the application's own setting."
    )


def _answered(options: dict[str, t.Any], output: str) -> str:
    """Say what it means that a page answered and did not pass."""
    found = ANSWERED.search(output)
    if not found:
        return ""
    advice = f"correct its path ({CHECK})" if found[1] == NOT_FOUND else f"see what the application wrote, or {CHECK}"
    return f"{options['http']} answers HTTP {found[1]}, and a check wants 2xx: {advice}."


def _inside(answer: dict[str, t.Any], port: int) -> int | None:
    """Return which port of the container a port of the host leads to; None where it leads to none."""
    for name, bindings in (answer["NetworkSettings"].get("Ports") or {}).items():
        number, _slash, protocol = name.partition("/")
        if protocol == "tcp" and any(binding["HostPort"] == str(port) for binding in bindings or ()):
            return int(number)
    return None


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address == "localhost"
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
