# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies and tokens of Consul's ACLs, all in one call."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl import Policy, Token

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul

# The secret of a token that is yet to be made, in check mode.
UNMADE = "made by the run"


def have(
    agent: Consul, policies: t.Sequence[Policy], tokens: t.Sequence[Token], absent: t.Iterable[str], check: bool
) -> dict[str, t.Any]:
    """Make policies, then tokens, as they are wanted, and remove the tokens ``absent`` (accessors)."""
    ids = {entry["Name"]: entry["ID"] for entry in agent.get("acl/policies") or ()}
    changed = [f"policy {one.name}" for one in policies if _policy_changed(agent, one, ids.get(one.name), check)]
    there = {entry["AccessorID"]: Token.from_api(entry) for entry in agent.get("acl/tokens") or ()}
    secrets = {}
    for token in tokens:
        known = there.get(token.accessor)
        if known != token:
            changed.append(f"token {token.description}")
        secrets[token.description] = _secret(agent, token, known, check)
    gone = [there[accessor.lower()] for accessor in absent if accessor.lower() in there]
    for token in gone:
        changed.append(f"no token {token.description}")
        if not check:
            agent.delete(f"acl/token/{token.accessor}")
    lines = "".join(f"{line}\n" for line in changed)
    return {"changed": bool(changed), "secrets": secrets, "diff": {"before": "", "after": lines}}


def _policy_changed(agent: Consul, wanted: Policy, known: str | None, check: bool) -> bool:
    path = f"acl/policy/{known}" if known else "acl/policy"
    if known and Policy.from_api(agent.get(path)) == wanted:
        return False
    if not check:
        agent.put(path, wanted.to_api())
    return True


def _secret(agent: Consul, wanted: Token, found: Token | None, check: bool) -> str:
    path = f"acl/token/{wanted.accessor}"
    if found is None:
        answer = {"SecretID": UNMADE} if check else agent.put("acl/token", wanted.to_api())
    elif found != wanted and not check:
        answer = agent.put(path, wanted.to_api())
    else:
        answer = agent.get(path)
    return str(answer["SecretID"])
