# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Consul agent keeps in its data_dir, and tells nobody."""

from __future__ import annotations

import json
import os

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registered_service import (
    RegisteredService,
)


def registered_services(data_dir: str) -> list[RegisteredService]:
    """Return what is registered with the agent, sorted by ID.

    An agent that has never had a registration has no folder of them; one that is not there at all is a ``Failure``.
    """
    folder = os.path.join(data_dir, "services")
    try:
        os.listdir(data_dir)
        names = [name for name in os.listdir(folder) if not name.endswith(".tmp")] if os.path.isdir(folder) else []
        services = [_read(os.path.join(folder, name)) for name in names]
    except OSError as error:
        raise Failure(
            f"The data of the Consul agent at {error.filename} cannot be read ({error.strerror}). Name the agent's"
            " data_dir by data_dir, and read it as root or as Consul's own user."
        ) from error
    return sorted(services, key=lambda service: service.identity)


def _read(path: str) -> RegisteredService:
    with open(path, encoding="utf-8") as file:
        return RegisteredService.from_disk(json.load(file))
