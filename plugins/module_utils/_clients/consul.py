# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consul's HTTP API by py-consul, thin: one method per HTTP verb, errors as ``Failure``."""

from __future__ import annotations

import errno
import json
import os
import re
import traceback
import typing as t
from urllib.parse import urlsplit

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul_tls
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul_environment import token_of, url_of
from ansible_collections.longshore.fleet.plugins.module_utils._clients.tls import TlsAdapter
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, innermost
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import (
    Right,
    of_folder,
    right_of,
    right_of_operation,
)
from ansible_collections.longshore.fleet.plugins.module_utils._versions import outdated
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

IMPORT_ERROR: str | None = None
try:
    import consul
    import requests
    from consul.callback import CB
except ImportError:
    IMPORT_ERROR = traceback.format_exc()
else:
    IMPORT_ERROR = outdated("py-consul", consul.__version__)

LIBRARIES = {"py-consul": IMPORT_ERROR}

# Older agents take no more operations in one transaction; and no agent more questions about rights at once.
MAX_OPERATIONS = 64

# Consul adds up to a sixteenth to the wait of a blocking query; py-consul knows.
TIMEOUT = 10.0

# What an agent says while its servers have no leader, or while it does not know of the new one yet.
LEADERLESS = re.compile(r"No cluster leader|leadership lost|failed to get conn|lead thread|EOF|connection refused")

# Seconds that the election of a leader may take, and between two attempts meanwhile. Consul's own servers take 2 to 10.
ELECTION, AGAIN = 20.0, 0.5

# What Consul says of a token that it does not know, and of one that lacks a right.
UNKNOWN_TOKEN, DENIED = "ACL not found", "Permission denied"

# Seconds that a server which has just started may know no token: it answers before it has read what the others wrote.
CATCHING_UP = 5.0

Params = t.Sequence[tuple[str, t.Any]]


class Unreachable(Failure):
    """The agent did not answer: nobody is there, or the connection failed."""


class NoAgent(Unreachable):
    """Nobody listens at the address: the agent has ended, or never was there."""


class Denied(Failure):
    """The token is not known to Consul, or lacks a right."""

    def __init__(self, message: str, *, token_is_unknown: bool) -> None:
        super().__init__(message)
        self.token_is_unknown = token_is_unknown


class Consul:
    """An agent. Paths are without ``/v1/``; unquoted, the client quotes them."""

    def __init__(self, url: str, token: str | None = None, tls: t.Mapping[str, t.Any] | None = None) -> None:
        """``tls``: options of ``consul_tls``."""
        url, url_from = url_of(url)
        self.url = url.rstrip("/")
        scheme, host, port = _parts(url, url_from)
        self._tls = consul_tls.ConsulTls(tls) if scheme == "https" else None
        # py-consul would let its environment win over what it is not told.
        verify = self._tls.trust.verify if self._tls else True
        self._client = consul.Consul(host=host, port=port, scheme=scheme, verify=verify, connections_timeout=TIMEOUT)
        # The agent is on this host: a proxy of the environment is not for it.
        self._client.http.session.trust_env = False
        if self._tls:
            adapter = TlsAdapter(self._tls.context(), self._tls.trust.server_name)
            self._client.http.session.mount("https://", adapter)
        # py-consul would let the environment's token win over the option.
        token, self._token_from = token_of(token)
        self._headers = {"X-Consul-Token": token} if token else {}
        # What the token was found to be allowed, and whether there is anything that could be denied.
        self._allowed: set[Right] = set()
        self._has_acls = True
        # Since the servers were found without a leader, and as long as they are.
        self._election: Deadline | None = None
        # Since the agent was found not to know the token.
        self._catching_up: Deadline | None = None

    @classmethod
    def from_options(cls, options: t.Mapping[str, t.Any]) -> Consul:
        """Return the agent that the options of a module name."""
        return cls(options["consul_url"], options["consul_token"], options["consul_tls"])

    def get(self, path: str, params: Params = ()) -> t.Any:
        """Return the decoded answer, or None where Consul says 404."""
        return self._call("get", CB.json(), path, params)

    def get_and_hint(self, path: str, params: Params = ()) -> tuple[t.Any, bool]:
        """Return the decoded answer, and whether ACLs have kept some of it back; older agents do not tell."""
        answer: tuple[t.Any, bool] = self._call("get", _with_hint, path, params)
        return answer

    def watch(self, path: str, index: int, wait: float, params: Params = ()) -> tuple[int, t.Any]:
        """Return a blocking query: (new index, answer), at the latest after ``wait`` seconds.

        An index that went backwards starts again at 0, as Consul's documentation of blocking queries asks.
        """
        block = (("index", index), ("wait", f"{max(1, int(wait * 1000))}ms")) if index else ()
        new, answer = self._call("get", CB.json(index=True), path, (*params, *block))
        return (int(new) if int(new) >= index else 0), answer

    def put(self, path: str, body: t.Any = None, params: Params = ()) -> t.Any:
        """Return the decoded answer; ``body`` is bytes, or data that becomes JSON. None where Consul says 404."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self._call("put", _decoded, path, params, data=data)

    def delete(self, path: str) -> None:
        """Remove what is there; nothing to do where Consul says 404."""
        self._call("delete", _decoded, path, ())

    def transact(self, operations: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        """Do all operations or none; the errors (OpIndex, What) for which Consul did none, empty where it did all."""
        answer = self._call("put", _transacted, "txn", (), data=json.dumps(operations).encode())
        errors = list(answer["Errors"] or ())
        denied = [operations[error["OpIndex"]] for error in errors if DENIED in error["What"]]
        if denied:
            keys = ", ".join(dict.fromkeys(operation["KV"]["Key"] for operation in denied))
            raise Failure(
                f"The Consul agent at {self.url} refused to write, and wrote nothing of these keys: {keys}."
                f" {self.lacks(map(right_of_operation, denied))}."
            )
        return errors

    def get_trees(self, paths: t.Sequence[str]) -> list[list[dict[str, t.Any]]]:
        """Return for each path the keys that begin with it, as ``GET /v1/kv`` has them; one request for 64 paths."""
        found: list[list[dict[str, t.Any]]] = []
        for start in range(0, len(paths), MAX_OPERATIONS):
            part = paths[start : start + MAX_OPERATIONS]
            body = json.dumps([{"KV": {"Verb": "get-tree", "Key": path}} for path in part]).encode()
            answer = self._call("put", _transacted, "txn", (), data=body)
            entries = [result["KV"] for result in answer["Results"] or ()]
            found += [[entry for entry in entries if entry["Key"].startswith(path)] for path in part]
        return found

    def lacking(self, rights: t.Iterable[Right]) -> list[Right]:
        """Return those of the rights that the token lacks: one request, and none for what was asked before.

        Consul leaves out of many answers what a token may not read, and older agents do not say so. Where there are no
        ACLs nothing is lacking.
        """
        asked = [right for right in dict.fromkeys(rights) if right not in self._allowed and self._has_acls]
        denied: list[Right] = []
        for start in range(0, len(asked), MAX_OPERATIONS):
            part = asked[start : start + MAX_OPERATIONS]
            body = json.dumps([right.to_api() for right in part]).encode()
            answer = self._call("post", _authorized, "internal/acl/authorize", (), data=body)
            self._has_acls = answer is not None
            denied += [right for right, found in zip(part, answer or ()) if not found["Allow"]]
        self._allowed.update(set(asked) - set(denied))
        return denied

    def refuse_hidden(self, what: str, *rights: Right) -> None:
        """Raise ``Failure`` where Consul showed no ``what``, and the token lacks a right to see it.

        To be asked only where an answer was empty, and something depends on that.
        """
        lacking = self.lacking(rights)
        if lacking:
            raise Failure(
                f"The Consul agent at {self.url} shows no {what}, which does not say that there is none."
                f" {self.lacks(lacking)}."
            )

    def lacks(self, rights: t.Iterable[Right]) -> str:
        """Return the sentence that says which rules are lacking."""
        rules = " and ".join(right.rule for right in of_folder(rights))
        token = f"The token ({self._token_from})" if self._headers else "No consul_token is given, and Consul's own"
        return f"{token} lacks the rule {rules}" if rules else f"Check the policy of the token ({self._token_from})"

    def _call(self, verb: str, callback: t.Any, path: str, params: Params, **body: t.Any) -> t.Any:
        method = getattr(self._client.http, verb)
        while True:
            try:
                answer = method(callback, f"/v1/{path}", params=list(params), headers=self._headers, **body)
            except consul.ConsulException as error:
                # Every call of ours may be repeated: none counts up, and of two sessions the first one ends by its TTL.
                if LEADERLESS.search(str(error)):
                    self._wait_for_leader(error)
                elif not (UNKNOWN_TOKEN in str(error) and self._may_catch_up()):
                    raise self._explained(error, verb, path, params) from error
            except requests.ReadTimeout as error:
                raise Failure(
                    f"The Consul agent at {self.url} was asked {verb.upper()} {path} and did not answer in time."
                    " Perhaps Consul has no leader (consul operator raft list-peers tells), or this host is too busy."
                ) from error
            except (requests.RequestException, ValueError) as error:
                said = innermost(error)
                advice = self._tls.advice(said) if self._tls else "Start it, or correct consul_url."
                kind = NoAgent if os.strerror(errno.ECONNREFUSED) in said else Unreachable
                raise kind(f"The Consul agent at {self.url} cannot be reached ({said}). {advice}") from error
            else:
                if not path.startswith("agent/"):  # that is answered without the servers
                    self._election = None
                return answer

    def _wait_for_leader(self, error: Exception) -> None:
        """Wait a moment; ``Failure`` where an election is over. All calls of a module wait for the same one."""
        self._election = self._election or Deadline(ELECTION)
        if not self._election.left:
            raise Failure(
                f"Consul has had no leader for {ELECTION:g} s, as its agent at {self.url} says ({error}): most of its"
                " servers are gone (consul members shows them). Start them, then run the same command again."
            ) from error
        self._election.pause(AGAIN)

    def _may_catch_up(self) -> bool:
        """Wait a moment for a server that may have just started; False where it has had its time."""
        self._catching_up = self._catching_up or Deadline(CATCHING_UP)
        self._catching_up.pause(AGAIN)
        return self._catching_up.left > 0

    def _explained(self, error: Exception, verb: str, path: str, params: Params) -> Failure:
        call, said = f"{verb.upper()} {path}", str(error).strip()
        if not isinstance(error, consul.ACLPermissionDenied):
            return Failure(f"The Consul agent at {self.url} answered {call} with {error}")
        refused = f"The Consul agent at {self.url} refused {call}: {said}."
        if UNKNOWN_TOKEN in said:
            return Denied(
                f"{refused} Consul does not know the token ({self._token_from}): it was revoked, or is wrong.",
                token_is_unknown=True,
            )
        right = right_of(verb, path, params, said)
        return Denied(f"{refused} {self.lacks([right] if right else [])}.", token_is_unknown=False)


def _parts(url: str, url_from: str) -> tuple[str, str, int]:
    """Return scheme, host and port; an address of IPv6 keeps its brackets, as the client only joins the parts again."""
    try:
        parts = urlsplit(url.rstrip("/"))
        port = parts.port or 8500
    except ValueError as error:
        raise Failure(
            f"{url_from}: {url!r} is not a valid URL ({error}); write it like http://127.0.0.1:8500"
        ) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Failure(f"{url_from}: {url!r} is not a valid URL; write it like http://127.0.0.1:8500")
    return parts.scheme, f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname, port


def _decoded(response: t.Any) -> t.Any:
    """Return the JSON of an answer, None where it is empty or a 404; py-consul's own callback fails on empty bodies."""
    CB._status(response)
    return json.loads(response.body) if response.code != 404 and response.body else None


def _authorized(response: t.Any) -> t.Any:
    """Return the JSON of an answer, None where the agent has no ACLs (401), or is too old to be asked (404)."""
    return None if response.code == 401 else _decoded(response)


def _with_hint(response: t.Any) -> tuple[t.Any, bool]:
    """Return the JSON of an answer, and whether ACLs have filtered it; names of headers differ in case by version."""
    headers = {name.lower(): value for name, value in dict(response.headers).items()}
    return _decoded(response), headers.get("x-consul-results-filtered-by-acls") == "true"


def _transacted(response: t.Any) -> t.Any:
    """Return the JSON of a transaction's answer; 409 is one too, of a transaction that was rolled back."""
    if response.code != 409:
        CB._status(response)
    return json.loads(response.body)
