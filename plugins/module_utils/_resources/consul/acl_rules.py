# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rule of Consul's ACLs a request needs, in the notation of Consul's policies."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace

Operation = t.Mapping[str, t.Any]

# What Consul says where it refuses: nothing of the right, or, by version, one of these.
#   Permission denied: Missing service:write on web
#   Permission denied: token with AccessorID '...' lacks permission 'key:write' on "longshore/config/web"
SAID = re.compile(r"(?:Missing |lacks permission ')(?P<resource>\w+):(?P<access>\w+)'? on \"?(?P<segment>[^\"\s]+)")

# Request -> what it needs; what is in brackets is the name, and without a name any.
REQUESTS = (
    (r"get kv/(.+)", "key", "read"),
    (r"put kv/(.+)", "key", "write"),
    (r"put session/.+", "session", "write"),
    (r"get agent/(?:self|members|metrics)", "agent", "read"),
    (r"put agent/service/(?:deregister|maintenance)/(.+)", "service", "write"),
    (r"get (?:catalog|health)/service/(.+)", "service", "read"),
    (r"get catalog/node/(.+)", "node", "read"),
    (r"get (?:catalog|internal/ui)/nodes", "node", "read"),
)

# All that Longshore keeps of one service: a deploy writes all of it, so that a rule for one of these keys is of no use.
OF_SERVICE = re.compile(r"(.+/services/[^/]+/)(?:(?:lock|current|unfinished|founded)$|(?:releases|nodes|once)/)")


@dataclass(frozen=True)
class Right:
    """``segment`` is a name, or, with ``prefix``, what names begin with."""

    resource: str
    segment: str
    access: str
    prefix: bool = False

    @property
    def rule(self) -> str:
        """Return the rule that gives this right, as Consul's policies have it."""
        return f'{self.resource}{"_prefix" if self.prefix else ""} "{self.segment}" {{ policy = "{self.access}" }}'

    def to_api(self) -> dict[str, str]:
        """Return the question whether a token has it, of ``POST /v1/internal/acl/authorize``."""
        return {"Resource": self.resource, "Segment": self.segment, "Access": self.access}


ANY_NODE = Right("node", "", "read", prefix=True)
ANY_SERVICE = Right("service", "", "read", prefix=True)


def service_read(name: str) -> Right:
    """Return the right to see the instances of a service."""
    return Right("service", name, "read")


def service_write(name: str) -> Right:
    """Return the right to register a service, and to take its instances out of traffic."""
    return Right("service", name, "write")


def keys_read(folder: str) -> Right:
    """Return the right to read all keys below a path; ``folder`` without the slash at its end."""
    return Right("key", f"{folder}/", "read", prefix=True)


def right_of(verb: str, path: str, params: t.Iterable[tuple[str, t.Any]], said: str) -> Right | None:
    """Return what a refused request needs: what Consul said, else what its path tells; None where neither does.

    ``path``: without ``/v1/``.
    """
    if told := SAID.search(said):
        return _of_all(Right(told["resource"], told["segment"], told["access"]))
    for pattern, resource, access in REQUESTS:
        if found := re.fullmatch(pattern, f"{verb} {path}"):
            # Consul refuses to list keys only where it has enable_key_list_policy, which asks for a right of its own.
            is_list = ("recurse", "true") in params
            name = "".join(found.groups())
            return _of_all(Right(resource, name, "list" if is_list else access, prefix=is_list or not name))
    return None


def right_of_operation(operation: Operation) -> Right:
    """Return what an operation of a transaction needs, such as ``{"KV": {"Verb": "set", "Key": ...}}``."""
    verb, key = operation["KV"]["Verb"], operation["KV"]["Key"]
    reads = verb.startswith(("get", "check"))
    return _of_all(Right("key", key, "read" if reads else "write", prefix=verb.endswith("-tree")))


def of_folder(rights: t.Iterable[Right]) -> list[Right]:
    """Return the rights, each once, and in place of several keys of one folder the folder. Who may write may read."""
    given = list(dict.fromkeys(rights))
    found = [right for right in given if right.access != "read" or replace(right, access="write") not in given]
    folders = [_folder(right) for right in found]
    return list(dict.fromkeys(f if folders.count(f) > 1 else r for r, f in zip(found, folders)))


def _of_all(right: Right) -> Right:
    """Return the right for all hosts and all keys of a service: one token deploys on every host."""
    if right.resource in ("agent", "session"):
        return replace(right, segment="", prefix=True)
    of_service = OF_SERVICE.match(right.segment) if right.resource == "key" else None
    return replace(right, segment=of_service[1], prefix=True) if of_service else right


def _folder(right: Right) -> Right:
    folder = right.segment.rstrip("/").rpartition("/")[0]
    return replace(right, segment=f"{folder}/", prefix=True) if right.resource == "key" and folder else right
