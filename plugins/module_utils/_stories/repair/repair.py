# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of a repair: a host mends what its instances have lost, with no controller there."""

from __future__ import annotations

import contextlib
import pathlib
import typing as t
from concurrent import futures
from dataclasses import dataclass, field, replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import docker, notes, sealed, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._hiding import masking_secrets
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import decide
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.launched import Launched
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import Gate, InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.lock import TTL
from ansible_collections.longshore.fleet.plugins.module_utils._resources.repair.course import (
    Course,
    course_of,
    matching,
    remaining,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.unpack import switched
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.write import written
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import sidecars
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.launch import carry_out
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.replace import owner_of_secrets
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.restore import BACK, bring_back
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.states import look
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.repair.drift import record_drift
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.guard import Guard
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.held_secrets import held_secrets
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

# The folder of the library that this file lies in.
LIBRARY = pathlib.Path(__file__).parents[7]
# Instances that are mended side by side.
AT_ONCE = 8


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
        self._died: tuple[t.Any, t.Any] | None = None

    def tell_the_dead(self) -> None:
        """Look whether who holds the lock shows life, and from then on pass over one that does not.

        Whoever is at work under a lock shows it three times in this while. Consul keeps the session of a dead one for
        twice as long after a power cut, and nothing of a repair takes away what a rollout that goes on would need.
        """
        seen = self._lock.last_sign()
        if seen[0] and not Deadline(TTL).wait_for(lambda: self._lock.last_sign() != seen, TTL / 10):
            self._died = seen

    def step(self, doing: str, _limit: float | None = None) -> None:
        """Raise ``Failure`` where somebody holds the lock who has not died."""
        held = self._lock.state().shown
        if held and self._lock.last_sign() != self._died:
            raise notes.AtWorkError(
                f"The repair stopped before its next step ({doing}): the deploy lock is held by {held}."
            )


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
        advice = "nothing is noted of its launch, or by another version of Longshore; restart.yml launches it anew"
        return Repaired(instance, "unknown", what=[advice])
    consul, service = Consul.from_options(params), launches[-1].service
    lock = Lock(consul, Keys(launches[-1].prefix, service))
    guard = FreeLockGuard(lock)
    host = Host(docker.Docker(params["docker_host"]), Agent(consul), guard)
    try:
        if not check:
            guard.tell_the_dead()
        guard.step("look")
        with notes.exclusively(instance, wait=0):
            repaired = _mended(host, instance, noted, launches, check)
        if not check:
            record_drift(consul, lock.keys, host.agent.node(), instance, repaired.state, repaired.what)
    except notes.AtWorkError as failure:
        repaired = Repaired(instance, "locked", what=[str(failure)])
    except Failure as failure:
        repaired = _failed(host, lock.keys, instance, failure, check)
    return replace(repaired, service=service)


def _failed(host: Host, keys: Keys, instance: str, failure: Failure, check: bool) -> Repaired:
    """Return a repair that failed; the KV has the first line of the reason, the others may be a log."""
    lines = str(failure).splitlines()
    if not check:
        with contextlib.suppress(Failure):  # it may be why the repair failed
            record_drift(host.agent.consul, keys, host.agent.node(), instance, "failed", lines[:1])
    return Repaired(instance, "failed", what=lines)


def _mended(host: Host, instance: str, noted: notes.Notes, launches: list[Launched], check: bool) -> Repaired:
    """Return what became of an instance of which these launches are noted, the one that was killed first."""
    specs = [launch.spec(instance, {}) for launch in launches]
    found = look(host, specs[-1])
    wanted = matching(specs, found)
    if wanted is None:
        return Repaired(instance, "drift", what=["its container is not the one that was launched; deploy again"])
    launch, is_there = launches[specs.index(wanted)], found.current or found.previous
    if not is_there and not noted.launched:
        return Repaired(instance, "drift", what=["its first launch was killed; deploy again"])
    if found.lost_secrets or not is_there:
        wanted = launch.spec(instance, _values(instance, launch))
    if launch is not launches[-1]:  # its registrations and files may be others
        found = look(host, wanted)
    wanted = _gentle(wanted, found)
    plan = decide(wanted, found)
    course = course_of(wanted, found, plan)
    if course is Course.NOTHING:
        if noted.launching and not check:
            _note_end(instance, launch)
        return Repaired(instance, "well")
    what = remaining(wanted, found, plan)
    if course is Course.REPORT or check:
        return Repaired(instance, "drift", what=what)
    with undoing(lambda: _note_attempt(instance, noted)):
        masking_secrets(lambda: _carry_out(host, wanted, found, plan, course), _secrets_of(host, wanted, found))
    _note_end(instance, launch)
    left = what if found.lost_secrets and not wanted.secrets else []
    return Repaired(instance, "drift" if left else "mended", what=left or what)


def _values(instance: str, launch: Launched) -> dict[str, str]:
    """Return the sealed secrets of a launch; none where they cannot be read, and then they are told as lost."""
    with contextlib.suppress(Failure):
        return sealed.read(instance, launch.secrets)
    return {}


def _secrets_of(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> dict[str, str]:
    """Return all secrets that a failure's text could show, by names that differ."""
    answers = [host.docker.inspect(container.id) for container in (found.current, *found.leftovers) if container]
    held = [held_secrets(answer) for answer in answers if answer]
    return {f"{number} {name}": text for number, s in enumerate((wanted.secrets, *held)) for name, text in s.items()}


def _carry_out(
    host: Host, wanted: InstanceSpec, found: ObservedInstance, plan: Plan, course: Course
) -> dict[str, t.Any]:
    if course is Course.GO_BACK:
        _go_back(host, wanted, found, t.cast(FoundContainer, found.previous))
        return {}
    return dict(carry_out(host, wanted, found, plan))


def _go_back(host: Host, wanted: InstanceSpec, found: ObservedInstance, old: FoundContainer) -> None:
    """Start the old container again that a launch had set aside when it was killed, with its code and its files."""
    host.guard.step("restore", wanted.gate.timeout)
    folder = secrets.folder(old.instance, old.secrets)
    if found.lost_secrets and wanted.secrets:
        secrets.write_files(wanted.secrets, folder, owner_of_secrets(host, wanted))
    sidecars.remove_new(host, wanted, found)
    with switched(host, wanted.code, found.loaded), written(host, wanted), sidecars.written_files(host, wanted):
        outcome = bring_back(host, wanted, found, old)
        if not outcome.startswith(BACK):
            raise Failure(outcome)
    if found.next:
        host.docker.remove(found.next.id)
    secrets.remove_files(old.instance, keep=folder)


def _gentle(spec: InstanceSpec, found: ObservedInstance) -> InstanceSpec:
    """Return a spec whose gate asks nothing of the cluster; only where a launch is finished it has to last, too."""
    return replace(spec, gate=Gate(spec.gate.timeout, spec.gate.stable_for if found.previous else 0))


def _note_attempt(instance: str, noted: notes.Notes) -> None:
    """Note, after a repair that failed, what was launched: the way back may have forgotten it, or ended a launch."""
    notes.write(instance, launched=noted.launched, launching={} if noted.launched else noted.launching)


def _note_end(instance: str, launch: Launched) -> None:
    """Note that this launch holds now, and that none is at work."""
    notes.write(instance, launched=launch.to_note(), launching={})
    sealed.keep_only(instance, launch.secrets)
