# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidecars of an instance on their way: made beside those that run, stopped and started in order, and back."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import (
    next_of,
    previous_of,
    sidecar_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar import AFTER, BEFORE, Sidecar
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar_changes import (
    container_changes,
    containers_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.image.pull import pull
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.sidecar_start import (
    run_once,
    start_and_wait,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import (
    Host,
    one_offs,
    sidecars_now,
    stop_for_good,
)

End = t.Callable[[ObservedInstance], None]


def going(wanted: InstanceSpec, found: ObservedInstance, whole: bool) -> list[str]:
    """Return the sidecars whose container goes; ``whole``: all of an instance that is replaced go, but those alone."""
    specs = {sidecar.name: sidecar for sidecar in wanted.sidecars}
    return [name for name, there in found.sidecars.items() if _goes(specs.get(name), there, whole)]


def _goes(sidecar: Sidecar | None, there: ObservedInstance, whole: bool) -> bool:
    if sidecar is None:
        return True
    if sidecar.once:
        return False  # whoever runs it looks what the one that is there has done
    is_other = there.current is not None and bool(container_changes(sidecar, there.current, there))
    return is_other or (whole and not sidecar.alone)


@contextlib.contextmanager
def made(host: Host, wanted: InstanceSpec, found: ObservedInstance, whole: bool) -> t.Iterator[None]:
    """Make the containers that come, beside those that run; discard them where the steps inside fail."""
    gone = going(wanted, found, whole)
    coming = [s for s in wanted.sidecars if s.name in gone or s.name not in found.sidecars or (s.once and whole)]
    with contextlib.ExitStack() as discarding:
        for sidecar in coming:
            there = found.sidecars.get(sidecar.name)
            if there and there.next:
                host.docker.remove(there.next.id)
            new = _make(host, wanted, sidecar)
            discarding.callback(host.docker.remove, new)
        yield
        discarding.pop_all()


def _make(host: Host, wanted: InstanceSpec, sidecar: Sidecar) -> str:
    """Return the new container of a sidecar, not started; its ID."""
    container = sidecar.container
    pull(host, wanted.of_sidecar(sidecar))
    options = {**container.options, "labels": container.labels()}
    arguments = create_arguments(options, host.docker.api_version)
    return host.docker.create(**{**arguments, "image": container.reference, "name": next_of(container.name)})


@contextlib.contextmanager
def leaving(found: ObservedInstance, names: t.Collection[str], end: End) -> t.Iterator[None]:
    """End those sidecars around the end of the main container: those that were started last go first."""
    for there in reversed(_in_order(found, AFTER, names)):
        end(there)
    yield
    for there in reversed(_in_order(found, BEFORE, names)):
        end(there)


def _in_order(found: ObservedInstance, start: str, names: t.Collection[str]) -> list[ObservedInstance]:
    """Return what is there of these sidecars, in the order of their start."""
    settings = {name: containers_of(there)[0].sidecar for name, there in found.sidecars.items() if name in names}
    own = [name for name, setting in settings.items() if setting["start"] == start]
    return [found.sidecars[name] for name in sorted(own, key=lambda name: settings[name]["place"])]


def setting_aside(host: Host) -> End:
    """Return what stops a sidecar and keeps it as the previous one; its restart policy becomes no."""

    def end(there: ObservedInstance) -> None:
        current = there.current
        if current is None:
            return
        stop_for_good(host, current)
        if there.previous:
            host.docker.remove(current.id)
        else:
            host.docker.rename(current.id, previous_of(current.name))

    return end


def stopping(host: Host) -> End:
    """Return what stops all containers of a sidecar for good."""

    def end(there: ObservedInstance) -> None:
        for container in containers_of(there):
            stop_for_good(host, container)

    return end


def pausing(host: Host) -> End:
    """Return what stops a sidecar that is started again at once."""

    def end(there: ObservedInstance) -> None:
        if there.current and there.current.state == "running":
            host.docker.stop(there.current.id)

    return end


def restarting(wanted: InstanceSpec, found: ObservedInstance) -> list[str]:
    """Return the sidecars that are restarted with their instance."""
    specs = {sidecar.name for sidecar in wanted.sidecars if not (sidecar.alone or sidecar.once)}
    return [name for name in found.sidecars if name in specs]


@contextlib.contextmanager
def starting(host: Host, wanted: InstanceSpec, main: str, only: t.Collection[str] | None = None) -> t.Iterator[None]:
    """Start the wanted sidecars around the start of the main container; ``only``: those, unless all."""
    chosen = [sidecar for sidecar in wanted.sidecars if only is None or sidecar.name in only]
    for sidecar in chosen:
        if sidecar.start == BEFORE:
            _start(host, wanted, sidecar, main)
    yield
    for sidecar in chosen:
        if sidecar.start == AFTER:
            _start(host, wanted, sidecar, main)


def _start(host: Host, wanted: InstanceSpec, sidecar: Sidecar, main: str) -> None:
    host.guard.step(f"start sidecar {sidecar.name}", wanted.gate.timeout)
    if sidecar.once:
        run_once(host, sidecar, main, wanted.gate.timeout, lambda: _put(host, wanted, sidecar))
    else:
        identity = _put(host, wanted, sidecar)
        start_and_wait(host, sidecar.name, identity, sidecar.ready, wanted.gate.timeout)


def _put(host: Host, wanted: InstanceSpec, sidecar: Sidecar) -> str:
    """Return the container that has the sidecar's name; where none has, the new one gets it, made where need be."""
    name = sidecar.container.name
    there = host.docker.inspect(name)
    if there:
        return str(there["Id"])
    upcoming = host.docker.inspect(next_of(name))
    identity = str(upcoming["Id"]) if upcoming else _make(host, wanted, sidecar)
    host.docker.rename(identity, name)
    return identity


@contextlib.contextmanager
def written_files(host: Host, wanted: InstanceSpec) -> t.Iterator[None]:
    """Write the files of the sidecars for the steps inside; where those fail, as they were before."""
    with contextlib.ExitStack() as files:
        for sidecar in wanted.sidecars:
            if sidecar.files:
                from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.write import written

                files.enter_context(written(host, wanted.of_sidecar(sidecar)))
        yield


def remove_new(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> None:
    """Remove the sidecars of an attempt that failed; those stay that ran beside the old main container."""
    if not (wanted.sidecars or found.sidecars):
        return
    kept = {old.id for old in _old(found).values()}
    now = sidecars_now(host, wanted.container.name)
    for there in now.values():
        for container in containers_of(there):
            if container.id not in kept:
                host.docker.remove(container.id)


def _old(found: ObservedInstance) -> dict[str, FoundContainer]:
    """Return name -> the container of each sidecar that belongs to the old main container."""
    main = found.previous or found.current
    marks = main.sidecars if main else {}
    there = {name: found.sidecars[name] for name in marks if name in found.sidecars and not marks[name]["once"]}
    return {name: old for name, one in there.items() if (old := one.previous or one.current)}


@contextlib.contextmanager
def starting_old(host: Host, limit: float, found: ObservedInstance) -> t.Iterator[None]:
    """Bring the old sidecars back around the start of the old main container; ``limit``: seconds for each."""
    old = sorted(_old(found).values(), key=lambda container: container.sidecar["place"])
    for container in old:
        if container.sidecar["start"] == BEFORE:
            _bring_back(host, container, limit)
    yield
    for container in old:
        if container.sidecar["start"] == AFTER:
            _bring_back(host, container, limit)


def _bring_back(host: Host, old: FoundContainer, limit: float) -> None:
    answer = host.docker.inspect(old.id)
    if answer is None:
        return
    name = sidecar_of(old.instance, old.sidecar["name"])
    if answer["Name"].lstrip("/") != name:
        host.docker.rename(old.id, name)
    policy = old.limits["restart_policy"]
    host.docker.set_restart_policy(old.id, old.wanted["restart_policy"] if policy["Name"] == "no" else policy)
    start_and_wait(host, old.sidecar["name"], old.id, old.sidecar["ready"], limit)


def tidy(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> None:
    """Remove what the gate has made superfluous: old sidecars, those that ran to their end, those not wanted."""
    if not (wanted.sidecars or found.sidecars):
        return
    stay = {sidecar.name for sidecar in wanted.sidecars if not sidecar.once}
    for name, there in sidecars_now(host, wanted.container.name).items():
        for container in containers_of(there) if name not in stay else there.leftovers:
            if container.state == "running":
                host.docker.stop(container.id)
            host.docker.remove(container.id)


def remove_all(host: Host, found: ObservedInstance) -> None:
    """Remove all sidecars of an instance, and what a killed preflight has left of them; they are stopped."""
    for there in found.sidecars.values():
        for container in containers_of(there):
            host.docker.remove(container.id)
            for summary in one_offs(host, sidecar_of(container.instance, container.sidecar["name"])):
                host.docker.remove(summary["Id"])
