# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of a repair: a host mends what its instances have lost, with no controller there."""

from __future__ import annotations

import pathlib
import typing as t
from concurrent import futures
from dataclasses import dataclass, field, replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import docker, notes, sealed, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import decide
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.launched import Launched
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import Gate, InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._resources.repair.course import (
    Course,
    course_of,
    matching,
    remaining,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import with_loaded
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.unpack import switched
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.write import written
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.launch import carry_out
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.replace import owner_of_secrets
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.restore import bring_back
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.repair.drift import record_drift
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.guard import Guard
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, survey

# The folder of the library that this file lies in.
LIBRARY = pathlib.Path(__file__).parents[7]
# Instances that are mended side by side.
AT_ONCE = 8
# Seconds that one may take to pass its checks; Consul goes on with them, and so does the next repair.
GATE = 60.0


@dataclass(frozen=True)
class Repaired:
    """What became of one instance: ``state`` is well, mended, drift, failed, locked or unknown."""

    instance: str
    state: str
    service: str = ""
    what: list[str] = field(default_factory=list)


class FreeLockGuard(Guard):
    """The guard of a repair: nothing more is begun once a rollout of the service has the lock."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock

    def step(self, doing: str, _limit: float | None = None) -> None:
        """Raise ``Failure`` where somebody holds the lock."""
        held = self._lock.state().shown
        if held:
            raise Failure(f"The repair stopped before its next step ({doing}): the deploy lock is held by {held}.")


def repair(params: dict[str, t.Any], check: bool) -> list[Repaired]:
    """Mend all instances of this host, or with ``check`` only tell; what became of each, sorted by name.

    ``params``: ``consul_url``, ``consul_token``, ``consul_tls`` and ``docker_host``, as modules have them. ``Failure``
    where the engine or Consul does not answer.
    """
    names = notes.instances()
    if not names:  # as on a host that has left, whose agent is gone
        return []
    docker.Docker(params["docker_host"]).info()
    if not Consul.from_options(params).get("status/leader"):
        raise Failure(f"Consul has no leader, as its agent at {params['consul_url']} says; nothing was looked at.")
    with futures.ThreadPoolExecutor(AT_ONCE) as workers:
        return list(workers.map(lambda name: _repair_one(params, name, check), names))


def _repair_one(params: dict[str, t.Any], instance: str, check: bool) -> Repaired:
    """Mend one instance; its failure keeps no other from being mended."""
    noted = notes.read(instance)
    launches = [launch for note in (noted.launching, noted.launched) if note and (launch := Launched.from_note(note))]
    if not launches:
        advice = "nothing is noted of its launch, or by another version of Longshore; deploy it once"
        return Repaired(instance, "unknown", what=[advice])
    consul, last = Consul.from_options(params), launches[-1]
    lock = Lock(consul, Keys(last.prefix, last.service))
    host = Host(docker.Docker(params["docker_host"]), Agent(consul), FreeLockGuard(lock))
    held = lock.state().shown
    if held:
        return Repaired(instance, "locked", last.service, [f"the deploy lock of {last.service} is held by {held}"])
    try:
        with notes.exclusively(instance, wait=0):
            repaired = _mended(host, instance, launches, bool(noted.launched), check)
    except Failure as failure:
        repaired = Repaired(instance, "failed", last.service, str(failure).splitlines())
    if not check:
        record_drift(consul, lock.keys, host.agent.node(), instance, repaired.state, repaired.what)
    return replace(repaired, service=last.service)


def _mended(host: Host, instance: str, launches: list[Launched], was_launched: bool, check: bool) -> Repaired:
    """Return what became of an instance of which these launches are noted, the one that was killed first."""
    specs = [_gentle(launch.spec(instance, sealed.read(instance, launch.secrets))) for launch in launches]
    found = _look(host, specs[-1])
    wanted = matching(specs, found)
    if wanted is None:
        return Repaired(instance, "drift", what=["its container is not the one that was launched; deploy again"])
    if found.current is None and not was_launched:
        return Repaired(instance, "drift", what=["its first launch was killed; deploy again"])
    found = _look(host, wanted)
    plan = decide(wanted, found)
    course = course_of(wanted, found, plan)
    if course is Course.NOTHING:
        return Repaired(instance, "well")
    what = remaining(wanted, found, plan)
    if course is Course.REPORT or check:
        return Repaired(instance, "drift", what=what)
    _carry_out(host, wanted, found, plan, course)
    _note_end(instance, launches[specs.index(wanted)])
    left = remaining(wanted, found, plan) if found.lost_secrets and not wanted.secrets else []
    return Repaired(instance, "drift" if left else "mended", what=left or what)


def _carry_out(host: Host, wanted: InstanceSpec, found: ObservedInstance, plan: Plan, course: Course) -> None:
    if course is Course.GO_BACK:
        _go_back(host, wanted, found, t.cast(FoundContainer, found.previous))
    else:
        carry_out(host, wanted, found, plan)


def _go_back(host: Host, wanted: InstanceSpec, found: ObservedInstance, old: FoundContainer) -> None:
    """Start the old container again that a launch had set aside when it was killed, with its code and its files."""
    host.guard.step("restore", wanted.gate.timeout)
    folder = secrets.folder(old.instance, old.secrets)
    if found.lost_secrets and wanted.secrets:
        secrets.write_files(wanted.secrets, folder, owner_of_secrets(host, wanted))
    with switched(host, wanted.code, found.loaded), written(host, wanted):
        bring_back(host, wanted, found, old)
    if found.next:
        host.docker.remove(found.next.id)
    secrets.remove_files(old.instance, keep=folder)


def _gentle(spec: InstanceSpec) -> InstanceSpec:
    """Return a spec whose gate is passed as soon as all checks pass, and asks nothing of the cluster."""
    return replace(spec, gate=Gate(min(spec.gate.timeout, GATE), 0))


def _look(host: Host, wanted: InstanceSpec) -> ObservedInstance:
    name = wanted.container.name
    found = survey(host, name, [registration.id for registration in wanted.registrations])
    if not wanted.may_reload:
        return found
    path = wanted.code.path if wanted.code else ""
    return with_loaded(host.docker, found, name, path, [file.path for file in wanted.files])


def _note_end(instance: str, launch: Launched) -> None:
    """Note that this launch holds now, and that none is at work."""
    notes.write(instance, launched=launch.to_note(), launching={})
    sealed.keep_only(instance, launch.secrets)
