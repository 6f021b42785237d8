# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of this run, whatever the run is limited to."""

from __future__ import annotations

import os
import typing as t

from ansible.inventory.manager import split_host_pattern
from ansible.plugins.loader import lookup_loader

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


def hosts_of(pattern: t.Any, task_vars: dict[str, t.Any]) -> list[str]:
    """Return the hosts that a pattern matches, in their order."""
    if not isinstance(pattern, str):
        raise Failure(f"service_hosts: expected a pattern of hosts such as web, got {pattern!r}")
    return list(lookup_loader.get("ansible.builtin.inventory_hostnames").run([pattern], variables=task_vars))


def fleet_folder(inventory_dir: str | None, chosen: t.Any) -> str | None:
    """Return the folder that holds services/, images/ and config/.

    ``chosen``: the variable ``fleet_folder``, relative to the inventory's folder; unless given, that folder itself.
    None for an inventory that is no file, such as ``-i web1,``, of which Ansible says that its folder is "None".
    """
    is_file = inventory_dir not in (None, "", "None")
    return os.path.normpath(os.path.join(str(inventory_dir), str(chosen or ""))) if is_file else None


def check_limit(service: str, hosts: t.Sequence[str], limit: str | None, task_vars: dict[str, t.Any]) -> None:
    """Refuse a limit that names another host than the service's, or leaves none of them."""
    strangers = [host for host in named_by(limit, task_vars["groups"]["all"]) if host not in hosts]
    if strangers:
        raise Failure(
            f"--limit names {', '.join(strangers)}, but {service} runs on {', '.join(hosts)}. Correct the limit, or"
            f" service_hosts. An instance that was left elsewhere is removed by remove.yml -e service={service}."
        )
    if not set(hosts) & set(task_vars["ansible_play_hosts_all"]):
        raise Failure(f"--limit {limit} leaves no host of {service}, which runs on {', '.join(hosts)}.")


def named_by(limit: str | None, inventory: t.Collection[str]) -> list[str]:
    """Return the hosts that a limit names one by one, and not by a group or a pattern."""
    return [part for part in split_host_pattern(limit or "") if part in inventory]
