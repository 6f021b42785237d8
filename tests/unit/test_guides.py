# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides show is what the lab runs: a block that begins with a file's name is a part of that file."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.longshore.fleet.plugins.inventory import consul
from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul_tls
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._instance import RELOAD
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Reload

REPOSITORY = Path(__file__).parents[2]
LAB = REPOSITORY / "inventories/lab"
BLOCK = re.compile(r"^```(?:yaml|ini)\n# ((?:services|images)/\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHOWN = [
    pytest.param(LAB / name, text, id=f"{guide.name}: {name}")
    for guide in [REPOSITORY / f"docs/{name}.md" for name in ("gateway", "reload", "sidecars")]
    for name, text in BLOCK.findall(guide.read_text(encoding="utf-8"))
]


def is_part(shown: t.Any, whole: t.Any) -> bool:
    """Whether the whole has it: dicts may have more keys."""
    if isinstance(shown, dict) and isinstance(whole, dict):
        return all(key in whole and is_part(value, whole[key]) for key, value in shown.items())
    return bool(shown == whole)


def test_guides_show_files() -> None:
    assert len(SHOWN) >= 6


@pytest.mark.parametrize(("file", "text"), SHOWN)
def test_what_a_guide_shows_is_what_runs(file: Path, text: str) -> None:
    whole = file.read_text(encoding="utf-8")
    if file.suffix == ".yml":
        assert is_part(yaml.safe_load(text), yaml.safe_load(whole))
    else:
        assert [line for line in text.splitlines() if line not in whole.splitlines()] == []


def blocks_with(key: str) -> list[dict[str, t.Any]]:
    """Return the guides' blocks of YAML that have a key; of mappings that are written in full."""
    blocks = [
        yaml.safe_load(text.replace("{{ node.address }}", "192.0.2.1"))
        for guide in sorted(REPOSITORY.glob("docs/*.md"))
        for text in re.findall(r"^```yaml\n(.*?)^```", guide.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    ]
    return [block for block in blocks if isinstance(block, dict) and key in block]


def examples(key: str) -> list[t.Any]:
    """Return what the guides show of a key."""
    return [block[key] for block in blocks_with(key)]


def test_reloads_that_are_shown_are_taken() -> None:
    shown = examples("service_reload")
    assert any("not_workers" in options for options in shown)
    for options in shown:
        assert options.keys() <= RELOAD.keys()
        Reload.from_options({**{name: entry.get("default") for name, entry in RELOAD.items()}, **options})


def test_the_inventory_that_is_shown_has_options_of_the_plugin() -> None:
    (shown,) = blocks_with("plugin")
    assert shown["plugin"] == "longshore.fleet.consul"
    assert shown.keys() <= yaml.safe_load(consul.DOCUMENTATION)["options"].keys() | CONSUL.keys()


def test_agents_behind_tls_that_are_shown_are_taken() -> None:
    (shown,) = examples("consul_tls")
    assert consul_tls.ConsulTls(shown).trust.client_cert == shown["client_cert"]
