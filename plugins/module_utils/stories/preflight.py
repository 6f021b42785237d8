# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of one instance: all that can fail without touching a running container, before any is touched."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients import secrets, sockets
from ansible_collections.longshore.fleet.plugins.module_utils.clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils.resources.wanted import Wanted
from ansible_collections.longshore.fleet.plugins.module_utils.stories.host import Host


def problems_of(host: Host, wanted: Wanted, plan: Plan) -> list[str]:
    """Every problem that can be told beforehand, one sentence each."""
    steps: tuple[t.Callable[[], t.Iterable[str]], ...] = (
        lambda: _refused_options(host, wanted),
        lambda: _taken_ports(wanted) if plan.action == "create" else (),
        lambda: _unreadable_secrets(host, wanted),
    )
    return [problem for step in steps for problem in step()]


def pull(host: Host, wanted: Wanted) -> bool:
    """The image onto the host; whether it had to be pulled."""
    if host.docker.image(wanted.container.reference):
        return False
    host.docker.pull(wanted.container.reference)
    return True


def _refused_options(host: Host, wanted: Wanted) -> t.Iterator[str]:
    try:
        create_arguments(wanted.container.options, host.docker.api_version)
    except Failure as failure:
        yield str(failure)


def _taken_ports(wanted: Wanted) -> t.Iterator[str]:
    """A port that somebody else listens on; only where no container of ours can be that somebody."""
    for port in sorted(wanted.ports):
        listeners = sockets.listeners(port)
        if listeners:
            holder = sockets.owner(listeners[0]) or "a process that cannot be seen"
            yield f"port {port} is taken on this host by {holder}; stop it, or give service_registrations another port"


def _unreadable_secrets(host: Host, wanted: Wanted) -> t.Iterator[str]:
    image = host.docker.image(wanted.container.reference) if wanted.container.reference else None
    if not image or not secrets.files(wanted.secrets):
        return
    try:
        secrets.owner_of(wanted.container.options.get("user") or image["Config"].get("User", ""))
    except Failure as failure:
        yield str(failure)
