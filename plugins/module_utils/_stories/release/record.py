# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Release records: begun with the deploy lock, ended with it, read by anybody."""

from __future__ import annotations

import contextlib
import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import ANY_NODE, service_read
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import (
    DONE,
    Release,
    content_of,
    kept_images,
    new_id,
    superfluous,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.founding import (
    release_that_ran,
    remember_founding,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.history import (
    read_all,
    read_current,
    recalled,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock, now

Result = dict[str, t.Any]


@dataclass(frozen=True)
class Begin:
    """What a rollout says when it begins. ``seen``: what was current at the preflight; ``back_to``: of a rollback.

    ``chosen``: somebody asked for the release ``back_to`` by its ID. ``config_digest``: of a rollback, what the
    controller found the configuration to be. ``promoted_from``: of a promotion, the release of another fleet.
    """

    who: str
    where: str
    commit: str
    image: dict[str, t.Any]
    code: dict[str, t.Any] | None
    service_file: str
    rendered: dict[str, str]
    config_prefixes: list[str]
    hosts: list[str]
    set_aside: list[str]
    seen: str
    keep: int
    lock_wait: float
    back_to: str = ""
    chosen: bool = False
    config_digest: str = ""
    promoted_from: str = ""


@dataclass(frozen=True)
class End:
    """How it ended. ``unchanged``: nodes, or ``node/instance``, that had nothing to do; they run the release too."""

    state: str
    hosts: dict[str, dict[str, t.Any]]
    signature: str = ""
    unchanged: list[str] = field(default_factory=list)


def begin(lock: Lock, wanted: Begin) -> Result:
    """Take the lock and write the record that a rollout begins; where it goes on with one, that one.

    A lock that is held already, by a run that planned anew under it, is kept. Where somebody else has released since
    the preflight, and this run was ready to wait for that, ``outdated`` is true: the lock stays, for a new plan. A
    rollback to the release before is refused instead, as that may be another one now.

    Without hosts that have something to do only a rollout that could not be ended is gone on with; ``id`` is empty, and
    the lock free again, where there is none.
    """
    planned_under_it = bool(lock.session)
    if not planned_under_it:
        purpose = f"rollback to {wanted.back_to}" if wanted.back_to else "deploy"
        lock.acquire(wanted.who, wanted.where, purpose, wanted.lock_wait)
    keys = lock.keys
    with giving_back(lock) as stays:
        if planned_under_it:
            lock.check()
            lock.renew()
        current = read_current(lock.consul, keys)
        # Unless somebody chose it, what a rollback goes back to is what was before the release that was current then.
        is_still_right = wanted.chosen or not wanted.back_to
        lock.refuse_unheard()
        if current != wanted.seen and wanted.lock_wait and not planned_under_it and is_still_right:
            stays()
            return {"id": "", "session": lock.session, "outdated": True}
        if current != wanted.seen:
            raise _released_meanwhile(lock.service, current, wanted.seen)
        releases = read_all(lock.consul, keys)
        fresh = _new_release(lock, wanted)
        release = _continued(fresh, releases)
        if not wanted.hosts and release is fresh:
            lock.write([_delete(keys.unfinished)])
            return {"id": "", "session": ""}
        lock.write([_set(keys.release(release.id), release.to_value())])
        lock.write([_set(keys.unfinished, release.id.encode())])
        lock.refuse_unheard()
        stays()
    return _begun(release, releases, current, wanted.keep)


def _released_meanwhile(service: str, current: str, seen: str) -> Failure:
    return Failure(
        f"{service} was released by somebody else since the preflight: {printable(current)} is current now, not"
        f" {printable(seen) or 'none'}. Nothing was touched; run again to plan against it."
    )


def _begun(release: Release, releases: list[Release], current: str, keep: int) -> Result:
    """Return what the next steps need of a release that has begun; ``releases``: the records that were there before."""
    by_id = {old.id: old for old in releases}
    return {
        "id": release.id,
        "session": release.session,
        "image": release.image,
        "code": release.code,
        "config_digest": release.config_digest,
        "record": release.to_result(),
        "went_on_from": by_id[release.id].state if release.id in by_id else "",
        "keep_images": kept_images([release, *releases], keep + 1, (release.id, current)),
        "previous": by_id[current].to_result() if current in by_id else {},
    }


def end(lock: Lock, identity: str, outcome: End) -> Result:
    """Write how the rollout ended, remove what is too old, and give the lock back."""
    keys = lock.keys
    with giving_back(lock):
        releases = read_all(lock.consul, keys)
        found = next((release for release in releases if release.id == identity), None)
        if found is None:
            raise Failure(f"There is no record {keys.release(identity)} any more; somebody removed it. Run again.")
        hosts = {**found.hosts, **outcome.hosts}
        ended = found.continued(state=outcome.state, ended=now(), hosts=hosts, signature=outcome.signature)
        lock.write([_set(keys.release(identity), ended.to_value())])
        if outcome.state == DONE:
            lock.write([_set(keys.current, identity.encode()), _delete(keys.unfinished)])
            note = {"release": identity, "action": Action.NONE.value, "result": "done", "when": ended.ended}
            value = json.dumps(note, sort_keys=True).encode()
            places = [entry.partition("/")[::2] for entry in outcome.unchanged]
            lock.write([_set(keys.node(node, instance or keys.service), value) for node, instance in places])
        for old in superfluous(releases, read_current(lock.consul, keys)):
            lock.write([_delete(keys.release(old.id)), _delete(keys.once(old.id), "delete-tree")])
    return ended.to_result()


def remove(lock: Lock) -> bool:
    """Let go of what is current after a removal of all instances; return whether one was. Gives the lock back.

    Notes of nodes on which the catalog has no instance any more go too, such as that of a first launch that failed.
    The records stay, so that a removed service can be brought back by a rollback; the newest tells of the removal.
    """
    keys = lock.keys
    with giving_back(lock):
        notes = lock.consul.get(f"kv/{keys.root}/nodes/", (("recurse", "true"),)) or ()
        left = [note["Key"] for note in notes if _is_there(lock.consul, *note["Key"].split("/")[-2:])]
        if len(left) < len(notes):
            lock.consul.refuse_hidden(f"instance of {lock.service}", ANY_NODE, service_read(lock.service))
        current = _current_as_it_is(lock)
        gone = not left and bool(current)
        over = [note["Key"].removeprefix(f"{keys.root}/nodes/") for note in notes if left and note["Key"] not in left]
        lock.write([_delete(f"{keys.root}/{tree}/{place}") for place in over for tree in ("nodes", "drift")])
        if not left:
            if gone:
                with contextlib.suppress(Failure):  # a record that cannot be read is told by history.yml
                    _note_removal(lock)
            # Also where no rollout came to its end: hosts that were given up tell by their notes, others have told.
            ran = current or release_that_ran(notes)
            if ran:
                remember_founding(lock, ran)
            lock.write([_delete(key) for key in (keys.current, keys.unfinished)])
            lock.write([_delete(f"{keys.root}/{tree}/", "delete-tree") for tree in ("nodes", "drift")])
    return gone


def _current_as_it_is(lock: Lock) -> str:
    """Return the ID of the current release, also where somebody has made of it what is not text."""
    try:
        return read_current(lock.consul, lock.keys)
    except Failure:
        return "(unreadable)"


def _note_removal(lock: Lock) -> None:
    holder = lock.state().holder
    by = f" by {holder.who} on {holder.where}" if holder else ""
    for newest in read_all(lock.consul, lock.keys)[:1]:
        removed = newest.continued(removed=f"at {now()}{by}")
        lock.write([_set(lock.keys.release(newest.id), removed.to_value())])


@contextlib.contextmanager
def giving_back(lock: Lock) -> t.Iterator[t.Callable[[], object]]:
    """Give the lock back after the steps inside, also where they fail; unless they call what they are given."""
    with contextlib.ExitStack() as stack:
        stack.callback(_release, lock)
        yield stack.pop_all


def _release(lock: Lock) -> None:
    # Where even that can't be told, the session ends by its TTL.
    with contextlib.suppress(Failure):
        lock.release()


def _is_there(consul: Consul, node: str, instance: str) -> bool:
    """Return whether the catalog still has an instance on a node; a host that was given up has none."""
    found = consul.get(f"catalog/node/{node}") or {}
    services = (found.get("Services") or {}).values()
    return any((service.get("Meta") or {}).get("longshore-instance") == instance for service in services)


def _new_release(lock: Lock, wanted: Begin) -> Release:
    config, previous = _snapshot(lock.consul, wanted.config_prefixes), wanted.seen
    if wanted.back_to:
        old = recalled(lock.consul, lock.keys, wanted.back_to, wanted.config_digest)
        config, previous = old.config, old.previous
    # As the controller has said it, who signs it: the module's options name sidecars also where there are none.
    image = {name: value for name, value in wanted.image.items() if name != "sidecars" or value}
    content = content_of(image, wanted.code, config)
    when = now()
    return Release(
        id=new_id(when, content, wanted.service_file, wanted.rendered, wanted.back_to),
        service=lock.service,
        content=content,
        image=image,
        code=wanted.code,
        service_file=wanted.service_file,
        config=config,
        who=wanted.who,
        where=wanted.where,
        started=when,
        commit=wanted.commit,
        previous=previous,
        back_to=wanted.back_to,
        promoted_from=wanted.promoted_from,
        session=lock.session,
        rendered=wanted.rendered,
        set_aside=wanted.set_aside,
    )


def _continued(fresh: Release, releases: list[Release]) -> Release:
    """Return the fresh release under the ID of the newest record, where a rollout goes on with that one or repeats it.

    All that is run is the fresh one's: of the record, which others may have written to, stay the ID, the hosts'
    results, what was before it, and which release of another fleet it was.
    """
    newest = releases[0] if releases else None
    if newest is None or not newest.is_same(fresh):
        return fresh
    return fresh.continued(
        id=newest.id,
        started=newest.started,
        previous=newest.previous,
        promoted_from=fresh.promoted_from or newest.promoted_from,
        hosts=newest.hosts,
        rendered={**newest.rendered, **fresh.rendered},
    )


def _snapshot(consul: Consul, prefixes: list[str]) -> list[list[t.Any]]:
    trees = consul.get_trees([f"{prefix}/" for prefix in prefixes])
    return sorted([entry["Key"], entry["Value"] or "", entry["Flags"]] for tree in trees for entry in tree)


def _set(key: str, value: bytes) -> Result:
    return {"Verb": "set", "Key": key, "Value": value}


def _delete(key: str, verb: str = "delete") -> Result:
    return {"Verb": verb, "Key": key}
