# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Consul as far as locks and records need one: a KV with sessions, and transactions that do all or nothing."""

from __future__ import annotations

import base64
import itertools
import time
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import Right

Params = t.Sequence[tuple[str, t.Any]]


class Hiding:
    """Which names the token may not see; with ACLs off, none."""

    hidden: t.Collection[str] = ()

    def refuse_hidden(self, what: str, *rights: Right) -> None:
        lacking = [right.rule for right in rights if right.segment in self.hidden]
        if lacking:
            raise Failure(f"shows no {what}: lacks {' and '.join(lacking)}")


class ConsulModel(Hiding):
    """The client consul.py; what Consul does is in its documentation, and tried on the lab."""

    def __init__(self, values: t.Mapping[str, bytes] | None = None) -> None:
        self.entries: dict[str, dict[str, t.Any]] = {}
        self.sessions: set[str] = set()
        self.asked: list[str] = []
        self.catalog: dict[str, list[str]] = {}  # node -> its instances
        self.passing: dict[str, list[str]] = {}  # service -> the nodes on which it is passing
        self._free_at: dict[str, float] = {}  # key -> the end of its lock-delay
        self._index, self._numbers = itertools.count(1), itertools.count(1)
        for key, value in (values or {}).items():
            self.set(key, value)

    def values(self, below: str = "") -> dict[str, bytes]:
        """Return key -> value."""
        found = {key: base64.b64decode(entry["Value"]) for key, entry in self.entries.items()}
        return {key: value for key, value in found.items() if key.startswith(below)}

    def set(self, key: str, value: bytes, flags: int = 0) -> dict[str, t.Any]:
        """Write a key, as anybody may, whoever has the lock; its entry."""
        index = next(self._index)
        entry = self.entries.setdefault(key, {"Key": key, "CreateIndex": index})
        entry.update({"Value": base64.b64encode(value).decode(), "Flags": flags, "ModifyIndex": index})
        return entry

    def end_session(self, session: str) -> None:
        """End a session as its TTL does: its lock is free once the lock-delay is over."""
        self.sessions.discard(session)
        for key, entry in self.entries.items():
            if entry.get("Session") == session:
                del entry["Session"]
                self._free_at[key] = time.monotonic() + 15

    def get(self, path: str, params: Params = ()) -> t.Any:
        place, _slash, key = path.partition("/")
        if place == "catalog":
            found = self.catalog.get(key.removeprefix("node/"), [])
            return {"Services": {name: {"Meta": {"longshore-instance": name}} for name in found}}
        if place == "health":
            return [{"Node": {"Node": node}} for node in self.passing.get(key.removeprefix("service/"), [])]
        recursive = ("recurse", "true") in params
        return [dict(e) for k, e in self.entries.items() if k == key or (recursive and k.startswith(key))] or None

    def get_trees(self, paths: t.Sequence[str]) -> list[list[dict[str, t.Any]]]:
        return [self.get(f"kv/{path}", (("recurse", "true"),)) or [] for path in paths]

    def put(self, path: str, body: t.Any = None, params: Params = ()) -> t.Any:
        self.asked.append(path)
        place, _slash, rest = path.partition("/")
        if place == "session":
            return self._session(*rest.partition("/")[::2])
        [(verb, session)] = params
        return self._release(rest, body, session) if verb == "release" else self._acquire(rest, body, session)

    def transact(self, operations: t.Sequence[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        before = {key: dict(entry) for key, entry in self.entries.items()}
        for number, operation in enumerate(operations):
            if not self._done(operation["KV"]):
                self.entries = before
                return [{"OpIndex": number, "What": f"{operation['KV']['Verb']} did not hold"}]
        return []

    def _session(self, verb: str, session: str) -> t.Any:
        if verb == "create":
            session = f"s-{next(self._numbers)}"
            self.sessions.add(session)
        if verb == "destroy":
            self.end_session(session)
        return {"ID": session} if verb == "create" else True

    def _acquire(self, key: str, value: bytes, session: str) -> bool:
        holder = self.entries.get(key, {}).get("Session", session)
        if holder != session or session not in self.sessions or time.monotonic() < self._free_at.get(key, 0):
            return False
        self.set(key, value)["Session"] = session
        return True

    def _release(self, key: str, value: bytes, session: str) -> bool:
        held = self.entries.get(key, {}).get("Session") == session
        if held:
            del self.set(key, value)["Session"]
        return held

    def _done(self, operation: dict[str, t.Any]) -> bool:
        verb, key = operation["Verb"], operation["Key"]
        entry = self.entries.get(key, {})
        if verb in ("check-session", "lock") and entry.get("Session") != operation["Session"]:
            return False
        if verb == "cas" and entry.get("ModifyIndex", 0) != operation["Index"]:
            return False
        if verb in ("set", "cas", "lock"):
            self.set(key, base64.b64decode(operation["Value"]), operation.get("Flags", 0))
        if verb in ("delete", "delete-tree"):
            gone = [k for k in self.entries if k == key or (verb == "delete-tree" and k.startswith(key))]
            self.entries = {k: e for k, e in self.entries.items() if k not in gone}
        return True
