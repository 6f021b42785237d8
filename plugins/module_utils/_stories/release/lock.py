# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deploy lock of a service: taken, kept, given back, or broken by somebody who knows its session."""

from __future__ import annotations

import base64
import contextlib
import threading
import time
import typing as t
from datetime import datetime, timezone

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import MAX_OPERATIONS, Consul
from ansible_collections.longshore.fleet.plugins.module_utils._clients.output import nobody_reads
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.lock import (
    TTL,
    Holder,
    LockState,
    session_body,
)
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

# Seconds between two attempts while somebody else has it: the end of a lock-delay is no change that could be watched.
EVERY = 1.0


def now() -> str:
    """Return the time of now, UTC in ISO 8601, to the second."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Lock:
    """The lock of one service; ``session`` is the one that holds it or is to hold it."""

    def __init__(self, consul: Consul, keys: Keys, session: str = "") -> None:
        self.consul = consul
        self.keys = keys
        self.service = keys.service
        self.key = keys.lock
        self.session = session

    def state(self) -> LockState:
        """Return the lock as the KV has it."""
        return LockState.from_entry(self._entry())

    def acquire(self, who: str, where: str, purpose: str, wait: float) -> None:
        """Take it within ``wait`` seconds, by a new session; else a ``Failure`` names the holder."""
        self.session = str(self.consul.put("session/create", session_body(self.service))["ID"])
        value = Holder(self.session, who, where, now(), purpose).to_value()

        def is_taken() -> bool:
            self.refuse_unheard()
            return bool(self._put(value, "acquire"))

        with self.renewing():
            taken = Deadline(wait).wait_for(is_taken, EVERY)
        if not taken:
            state = self.state()
            self._destroy()
            raise Failure(state.why_not(self.service))

    def release(self) -> None:
        """Give it back. Destroying the session alone would start the lock-delay."""
        self._put(b"", "release")
        self._destroy()

    def keep(self, wait: float) -> None:
        """Pause for ``wait`` seconds, in which the lock stays ours; ``Failure`` as soon as it does not."""
        deadline = Deadline(wait)

        def refuse() -> None:
            self.check()
            self.refuse_unheard()

        with self.renewing():
            deadline.wait_for(refuse, EVERY)

    def breakable(self) -> LockState:
        """Return the lock as it is; ``Failure`` where somebody holds it by another session than this one."""
        state = self.state()
        if state.session and not self.session:
            raise Failure(state.why_not(self.service))
        if state.session and state.session != self.session:
            raise Failure(
                f"Session {self.session} does not hold the deploy lock of {self.service}: it is held by {state.shown}."
                " Somebody took it in the meantime; look again before you break it."
            )
        return state

    def check(self) -> None:
        """Raise ``Failure`` where the session no longer holds the lock."""
        if self.state().session != self.session:
            raise self.lost()

    def refuse_unheard(self) -> None:
        """Raise ``Failure`` where the run that this module belongs to has been interrupted."""
        if nobody_reads():
            raise Failure(f"The run on {self.service} was interrupted, so nothing more is waited for or begun.")

    def write(self, operations: t.Sequence[dict[str, t.Any]]) -> None:
        """Write to the KV as long as the session holds the lock, else ``Failure``.

        ``operations``: of a transaction's KV, such as ``{"Verb": "set", "Key": ..., "Value": bytes}``.
        """
        fence = {"KV": {"Verb": "check-session", "Key": self.key, "Session": self.session}}
        step = MAX_OPERATIONS - 1
        for start in range(0, len(operations), step):
            part = [{"KV": _encoded(operation)} for operation in operations[start : start + step]]
            errors = self.consul.transact([fence, *part])
            if any(error["OpIndex"] == 0 for error in errors):
                raise self.lost()
            if errors:
                raise Failure(f"Consul refused to write records of {self.service}: {errors[0]['What']}")

    def lost(self) -> Failure:
        """Return what to say where somebody or something ended our session."""
        state = self.state()
        now_held = f"it is held by {state.shown}" if state.session else "nobody holds it"
        return Failure(
            f"The deploy lock of {self.service} was lost ({now_held}), so the rollout stopped before its next step."
            " Run the same command again: it goes on from what it finds."
        )

    @contextlib.contextmanager
    def renewing(self) -> t.Iterator[None]:
        """Renew the session now, and in the background for as long as the steps inside take.

        Where the run was interrupted meanwhile, whoever ends last gives the lock back: nobody else will.
        """
        ended = threading.Event()

        def stay() -> None:
            # Where this fails, the next check finds out.
            with contextlib.suppress(Failure):
                self.renew()
                self._show_life()

        def renew() -> None:
            while not ended.wait(TTL / 3):
                stay()

        stay()
        thread = threading.Thread(target=renew, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            if nobody_reads():
                with contextlib.suppress(Failure):  # else the session ends by its TTL
                    self._leave()

    def _leave(self) -> None:
        """Give the lock back, unless the run goes on elsewhere: a connection that was lost looks the same from here.

        Whoever is at work under the session shows it more often than a session without renewals would live.
        """
        seen = self.last_sign()
        if seen[0] != self.session:
            self._destroy()
            return

        def somebody_else() -> bool:
            self.renew()
            return self.last_sign() != seen

        if not Deadline(TTL).wait_for(somebody_else, TTL / 10):
            self.release()

    def _show_life(self) -> None:
        """Write the lock's value anew, where the session holds it, so that others see its index move.

        Consul moves no index where nothing differs; so the moment goes along, in the flags.
        """
        entry = self._entry()
        if entry.get("Session") == self.session:
            value, moment = base64.b64decode(entry.get("Value") or ""), time.time_ns()
            self.write([{"Verb": "lock", "Key": self.key, "Value": value, "Flags": moment, "Session": self.session}])

    def last_sign(self) -> tuple[t.Any, t.Any]:
        """Return what becomes another whenever somebody takes the lock, gives it back, or shows life under it."""
        entry = self._entry()
        return entry.get("Session"), entry.get("ModifyIndex")

    def _entry(self) -> dict[str, t.Any]:
        """Return Consul's entry of the lock; empty where there is none."""
        return next(iter(self.consul.get(f"kv/{self.key}") or ()), {})

    def renew(self) -> None:
        """Renew the session, so that its TTL starts again."""
        self.consul.put(f"session/renew/{self.session}")

    def _put(self, value: bytes, verb: str) -> t.Any:
        return self.consul.put(f"kv/{self.key}", value, ((verb, self.session),))

    def _destroy(self) -> None:
        self.consul.put(f"session/destroy/{self.session}")


def _encoded(operation: dict[str, t.Any]) -> dict[str, t.Any]:
    value = operation.get("Value")
    return {**operation, "Value": base64.b64encode(value).decode()} if value is not None else operation
