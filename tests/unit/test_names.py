# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role consul has dnsmasq and systemd-resolved forward, and on which addresses they answer containers."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

TEMPLATES = Path(__file__).parents[2] / "roles/consul/templates"


@pytest.mark.parametrize(
    ("template", "bridge", "expected"),
    [
        pytest.param(
            "dnsmasq.conf",
            "172.17.0.1",
            ["server=/fleet/127.0.0.1#8600", "listen-address=127.0.0.1,172.17.0.1", "bind-dynamic"],
            id="dnsmasq",
        ),
        pytest.param(
            "dnsmasq.conf",
            "",
            ["server=/fleet/127.0.0.1#8600", "listen-address=127.0.0.1", "bind-dynamic"],
            id="dnsmasq without an engine",
        ),
        pytest.param(
            "resolved.conf",
            "172.17.0.1",
            ["[Resolve]", "DNS=127.0.0.1:8600", "Domains=~fleet", "DNSStubListenerExtra=172.17.0.1"],
            id="resolved",
        ),
        pytest.param(
            "resolved.conf", "", ["[Resolve]", "DNS=127.0.0.1:8600", "Domains=~fleet"], id="resolved without an engine"
        ),
    ],
)
def test_the_domain_alone_is_forwarded(template: str, bridge: str, expected: list[str]) -> None:
    text = (TEMPLATES / f"{template}.j2").read_text(encoding="utf-8")
    values = {"consul_domain": "fleet", "consul_dns_addresses": ["127.0.0.1", "10.0.0.1"], "consul_dns_bridge": bridge}
    rendered = jinja2.Environment(trim_blocks=True, autoescape=False).from_string(text).render(values)
    assert [line for line in rendered.splitlines() if not line.startswith("#")] == expected
