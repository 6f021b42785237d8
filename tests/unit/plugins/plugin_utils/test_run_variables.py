# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts for one run: neither the inventory nor registered variables, though they have the same names."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import context
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import (
    NAMES,
    refuse_hidden_service,
    refuse_leftovers,
    switched_on,
)

REPOSITORY = Path(__file__).parents[4]
OTHERS = [name for name in NAMES if name != "service"]

INVENTORY = {
    "all": {
        "hosts": {"node1": {"ansible_connection": "local"}},
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", **dict.fromkeys(NAMES, "of a group")},
    }
}
PLAY = {"hosts": "all", "gather_facts": False}
ONCE = {"run_once": True, "delegate_to": "localhost"}
BEFORE = [
    {"ansible.builtin.debug": None, "register": name, "run_once": True} for name in (*OTHERS, "registered_service")
]
FIND = [
    {"longshore.fleet.report": {"subject": "prefixes"}, **ONCE, "delegate_facts": True},
    {
        "ansible.builtin.copy": {
            "content": "{{ hostvars.localhost.ansible_facts.longshore_run | to_json }}",
            "dest": "{{ into }}",
        }
    },
]


@pytest.mark.parametrize(
    ("extra", "beside", "found"),
    [
        pytest.param({}, {}, {}, id="neither the inventory nor registered variables"),
        pytest.param(dict.fromkeys(NAMES, "x"), {}, dict.fromkeys(NAMES, "x"), id="each by -e"),
        pytest.param({}, dict.fromkeys(NAMES, "x"), dict.fromkeys(NAMES, "x"), id="each beside import_playbook"),
        pytest.param({"found": "n2"}, {"found": "n1", "service": "db"}, {"found": "n2", "service": "db"}, id="-e wins"),
        pytest.param({"newest": "r-3"}, {"release": "{{ newest }}"}, {"release": "r-3"}, id="a template"),
        pytest.param({"other": "y"}, {"else": "z"}, {}, id="other names are not ours"),
    ],
)
def test_what_counts(
    extra: dict[str, t.Any], beside: dict[str, t.Any], found: dict[str, t.Any], tmp_path: Path
) -> None:
    (tmp_path / "find.yml").write_text(yaml.safe_dump([{**PLAY, "tasks": FIND}]), encoding="utf-8")
    site = [{**PLAY, "tasks": BEFORE}, {"ansible.builtin.import_playbook": "find.yml", "vars": beside}]
    (tmp_path / "site.yml").write_text(yaml.safe_dump(site), encoding="utf-8")
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(INVENTORY), encoding="utf-8")
    given = json.dumps({**extra, "into": str(tmp_path / "found.json")})
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", tmp_path / "site.yml", "-e", given]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8")) == found


@pytest.mark.parametrize(
    ("extra", "lost"),
    [
        ("reason=two words", "words"),
        ("command=echo a b", "a b"),
        pytest.param("command=['echo', 'a']", r"'a'\]", id="a list with spaces"),
        ('reason="two words"', None),
        ('{"reason": "two words"}', None),
    ],
)
def test_words_that_are_lost_are_told(extra: str, lost: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_extra_vars_of(extra, monkeypatch)
    if lost is None:
        refuse_leftovers(found)
        return
    with pytest.raises(Failure, match=f"-e: [\"'].*{lost}[\"'] belongs to no variable, as a value ends at a space"):
        refuse_leftovers(found)


def load_extra_vars_of(extra: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, t.Any]:
    """Return the extra variables as Ansible reads them."""
    monkeypatch.setattr(context, "CLIARGS", {"extra_vars": (extra,)})
    monkeypatch.delattr(load_extra_vars, "extra_vars", raising=False)  # it keeps them for the run
    found = load_extra_vars(DataLoader())
    monkeypatch.delattr(load_extra_vars, "extra_vars", raising=False)
    return dict(found)


@pytest.mark.parametrize("seen", [{"rc": 0}, "db", None])
def test_a_registered_service_is_told(seen: t.Any) -> None:
    refuse_hidden_service("web", "web")
    with pytest.raises(Failure, match=r"service: is 'web' .* an earlier play has registered .* -e service=NAME"):
        refuse_hidden_service("web", seen)


@pytest.mark.parametrize(("value", "on"), [("true", True), ("yes", True), (False, False), ("no", False), ("0", False)])
def test_switched_on(value: t.Any, on: bool) -> None:
    assert switched_on({"cold_start": value}, "cold_start") is on
    assert not switched_on({}, "cold_start")
    with pytest.raises(Failure, match="cold_start: 'perhaps' is neither true nor false"):
        switched_on({"cold_start": "perhaps"}, "cold_start")
