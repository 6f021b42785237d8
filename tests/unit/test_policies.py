# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies that the role consul makes are those of docs/security.md, which the target acl tries."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest

ROOT = Path(__file__).parents[2]
POLICIES = re.findall(r"```hcl\n(.*?)```", (ROOT / "docs/security.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(("template", "policy"), [*zip(("deploy", "repair", "config"), POLICIES, strict=True)])
def test_the_role_makes_the_policy_of_the_guide(template: str, policy: str) -> None:
    text = (ROOT / f"roles/consul/templates/{template}.hcl.j2").read_text(encoding="utf-8")
    web = {"service": "web"}
    values = {"item": web, "consul_deploy_tokens": [web], "consul_kv_prefix": "longshore"}
    rendered = jinja2.Environment(trim_blocks=True, autoescape=False).from_string(text).render(values)
    assert sorted(rendered.strip().splitlines()) == sorted(policy.strip().splitlines())
