# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bootstrap the ACLs of an agent, and print its tokens as JSON: by the policy, without each of its rules, to read only.

Arguments: the agent's URL, the policy with one rule a line, the service.
"""

from __future__ import annotations

import json
import sys
import time
import typing as t
import urllib.error
import urllib.request

URL, POLICY, SERVICE = sys.argv[1:]
RULES = {line.split(" {")[0]: line for line in POLICY.strip().splitlines()}


def put(path: str, body: t.Any = None, token: str = "") -> t.Any:
    request = urllib.request.Request(f"{URL}/v1/{path}", method="PUT", headers={"X-Consul-Token": token})
    with urllib.request.urlopen(request, json.dumps(body).encode() if body is not None else None, timeout=10) as answer:
        content = answer.read()
    return json.loads(content) if content else None


def bootstrapped(deadline: float) -> str:
    """Return the first token, once the agent is there and has a leader."""
    while True:
        try:
            return str(put("acl/bootstrap")["SecretID"])
        except (OSError, urllib.error.URLError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def made(name: str, rules: t.Iterable[str], management: str) -> str:
    """Return a token that has these rules."""
    put("acl/policy", {"Name": name, "Rules": "\n".join(rules)}, management)
    return str(put("acl/token", {"Policies": [{"Name": name}]}, management)["SecretID"])


management = bootstrapped(time.monotonic() + 60)
put("agent/token/agent", {"Token": management}, management)
put(f"kv/longshore/config/{SERVICE}/heap", "1g", management)
put("agent/service/register", {"Name": f"{SERVICE}-db", "Port": 5432}, management)
tokens = {"management": management, "all": made("all", RULES.values(), management)}
for number, left_out in enumerate(RULES):
    tokens[left_out] = made(f"without-{number}", [RULES[name] for name in RULES if name != left_out], management)
tokens["reader"] = made("reader", [rule.replace("write", "read") for rule in RULES.values()], management)
no_service = [rule for name, rule in RULES.items() if not name.startswith("service")]
tokens["any service"] = made("without-services", no_service, management)
print(json.dumps(tokens))
