# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short form of a service file: what ``service_port`` and ``service_check`` stand for in ``service_registrations``.

docs/service.md has the rules as a table.
"""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check import SELF
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration_body import NAME
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import port as port_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import refuse_unknown
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import command_of, is_url

Data = dict[str, t.Any]
PORT, CHECK, LONG = "service_port", "service_check", "service_registrations"
SHORT = (PORT, CHECK)
TCP = "tcp"
INTERVAL = "10s"


def registrations_of(service: str, values: Data, address: str) -> t.Any:
    """Return ``service_registrations`` as they are given, or as the short keys expand to them.

    ``values``: these keys of a service, rendered, as far as they are given. ``address``: of the node.
    """
    short = {key: values[key] for key in SHORT if values.get(key) is not None}
    if not short:
        return values.get(LONG, [])
    refuse_both_forms(values)
    port = None if PORT not in short else port_of(short[PORT], PORT)
    check = _check(short.get(CHECK, TCP), port, f"[{address}]" if ":" in address else address)
    if not NAME.fullmatch(service):
        raise Failure(
            f"{next(iter(short))}: registers the service as {service!r}, which can't be found by DNS. Name its file"
            f" with letters, digits and hyphens alone, or write {LONG} with a name"
        )
    return [{"name": service, **({} if port is None else {"port": port}), "checks": [check]}]


def refuse_both_forms(values: Data) -> None:
    """Refuse the short form beside the long one: they say the same thing, and nobody could tell which one holds."""
    for key in SHORT:
        if values.get(key) is not None and values.get(LONG):
            raise Failure(
                f"{key}: is the short form of {LONG}, which a file or a variable gives too; remove one of them"
            )


def _check(check: t.Any, port: int | None, address: str) -> Data:
    """Return the one check of the registration."""
    if isinstance(check, dict):
        refuse_unknown(check, ("command",), CHECK)
        command = command_of(check.get("command"), f"{CHECK}.command")
        return {"args": list(command), "docker_container_id": SELF, "interval": INTERVAL}
    is_path = isinstance(check, str) and check.startswith("/") and is_url(f"http://127.0.0.1:1{check}")
    if check != TCP and not is_path:
        raise Failure(f"{CHECK}: {check!r} is not a check; write a path such as /up, or tcp, or {{command: [...]}}")
    if port is None:
        raise Failure(f"{CHECK}: {check!r} needs a port to ask; give {PORT}")
    target = f"{address}:{port}"
    return (
        {TCP: target, "interval": INTERVAL}
        if check == TCP
        else {"http": f"http://{target}{check}", "interval": INTERVAL}
    )
