# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring back the old container of an instance whose replacement or restart has failed."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    Registration,
    checks_of,
    registrations,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.container import Container
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import next_of, previous_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.first_start import options_of_today
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import sidecars, traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.conditions import ask_again, concern
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.gate import pass_gate
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.commands import run_commands_again
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# Said where all is as it was before.
BACK = "The old container is back and passing."


def bring_back(host: Host, wanted: InstanceSpec, found: ObservedInstance, old: FoundContainer | None) -> str:
    """Return in a sentence what runs: the old container under its name, registered, through the gate.

    One that was made for the first start of a cluster would found another one: it is made anew, as of today.
    """
    answer = host.docker.inspect(old.id) if old else None
    if old is None or answer is None:
        traffic.deregister(host, [r.id for r in wanted.registrations])
        notes.forget_launches(wanted.container.name)
        return "There is no container to go back to: nothing is left running."
    if found.current and found.current.id != old.id:
        host.docker.remove(found.current.id)
    if wanted.container.first_start_changes_from(old):
        return _made_anew(host, wanted, found, old, answer)
    if answer["Name"].lstrip("/") != wanted.container.name:
        host.docker.rename(old.id, wanted.container.name)
    found_policy = old.limits["restart_policy"]
    host.docker.set_restart_policy(
        old.id, old.wanted["restart_policy"] if found_policy["Name"] == "no" else found_policy
    )
    with sidecars.starting_old(host, wanted.gate.timeout, found):
        host.docker.start(old.id)
    return f"{BACK}{_passing(host, wanted, found, old, old.id)}"


def _made_anew(
    host: Host, wanted: InstanceSpec, found: ObservedInstance, old: FoundContainer, answer: dict[str, t.Any]
) -> str:
    """Make the old container once more, without what belongs to a first start; itself it stays until that passes."""
    name, waiting = wanted.container.name, previous_of(wanted.container.name)
    if answer["Name"].lstrip("/") != waiting:
        host.docker.set_restart_policy(old.id, {"Name": "no"})
        host.docker.rename(old.id, waiting)
    options = options_of_today(old.wanted, wanted.container)
    if options is None:
        traffic.deregister(host, [r.id for r in wanted.registrations])
        return (
            "The old container was made for the first start of its cluster and might found a second one, so it is not"
            f" started: it stays as {waiting}, and nothing of the instance runs. Correct what failed, and deploy again."
        )
    new = _create(host, old, answer, replace(_as_last_applied(wanted.container, old), options=options))
    host.docker.rename(new, name)
    loaded = notes.read(name).loaded
    if loaded.get("container") == old.id:
        notes.write(name, loaded={**loaded, "container": new})
    with sidecars.starting_old(host, wanted.gate.timeout, found):
        host.docker.start(new)
    more = _passing(host, wanted, found, old, new)
    host.docker.remove(old.id)
    return f"The old container was recreated without its first-start settings and is passing.{more}"


def _as_last_applied(container: Container, old: FoundContainer) -> Container:
    return replace(
        container,
        content=old.content,
        version=old.version,
        compared=old.wanted,
        secrets=old.secrets,
        registrations=old.registrations,
        reload=old.reload,
    )


def _create(host: Host, old: FoundContainer, answer: dict[str, t.Any], container: Container) -> str:
    """Create it with the image and the secrets of the old one, whose files are still there."""
    environment = dict(entry.partition("=")[::2] for entry in answer["Config"].get("Env") or ())
    values = {name: environment.get(name, "") for name in old.secrets}
    folder = secrets.folder(old.instance, old.secrets)
    options = with_secrets(values, folder, {**container.options, "labels": container.labels()})
    arguments = create_arguments(options, host.docker.api_version)
    return host.docker.create(**{**arguments, "image": answer["Config"]["Image"], "name": next_of(container.name)})


def _passing(host: Host, wanted: InstanceSpec, found: ObservedInstance, old: FoundContainer, container: str) -> str:
    """Bring a started container into traffic as the old one was; what does not hold then, in sentences."""
    kept = last_registrations(found, old)
    traffic.deregister(host, {r.id for r in wanted.registrations} - {r.id for r in kept})
    traffic.register_fresh(host, kept, found)
    pass_gate(host, container, checks_of(kept), wanted.gate)
    traffic.mark_passing(host, kept, found)
    again = ask_again(host, container, wanted) if concern(found) else ""
    return again + run_commands_again(host, container, wanted)


def last_registrations(found: ObservedInstance, old: FoundContainer) -> list[Registration]:
    """Return the registrations last wanted of a container, with the tags that others may have given them since."""
    return [r.keeping_tags(found.registrations.get(r.id)) for r in registrations(old.registrations, old.instance)]


def with_secrets(values: dict[str, t.Any], folder: str, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the options with the secrets in the environment, or as files mounted read-only from the folder."""
    if not values:
        return options
    environment = {**options.get("environment", {}), **secrets.environment(values)}
    return {
        **options,
        "environment": environment,
        "mounts": [*(options.get("mounts") or ()), *secrets.mounts(values, folder)],
    }
