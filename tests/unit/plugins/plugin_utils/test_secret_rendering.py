# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that can't be rendered are told by name, beside the others, and never with a value."""

from __future__ import annotations

import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import EncryptedString, VaultLib, VaultSecret
from ansible.template import Templar

from ansible_collections.longshore.fleet.plugins.plugin_utils import _secret_rendering as secret_rendering
from tests.unit.builders import trusted

DEFINE = "define it in the service file or the inventory"
PASSWORD = "hunter2"
# No test gives the vault's password, so that this can't be decrypted.
ENCRYPTED = EncryptedString(ciphertext=VaultLib([("default", VaultSecret(b"x"))]).encrypt(PASSWORD).decode())
UNDECRYPTABLE = (
    "is encrypted by Ansible Vault and can't be decrypted; give the vault's password, as by --ask-vault-pass"
)
HIDDEN = "the reason may hold a secret and is not shown; the module ansible.builtin.debug shows it"


INVENTORY = trusted(
    {
        "password": PASSWORD,
        "vault": {"db": "{{ password }}"},
        "vaulted": ENCRYPTED,
        "indirect": "{{ nope }}",
        "all_secrets": {"A": "{{ password }}", "B": "{{ nope }}", "C": "{{ vaulted }}"},
        "by_two_names": "{{ all_secrets }}",
        "endless": "{{ endless }}",
        "as_a_list": ["{{ password }}"],
    }
)


def rendered(service_secrets: t.Any) -> tuple[dict[str, t.Any], list[str]]:
    variables = {**INVENTORY, "service_secrets": trusted(service_secrets)}
    return secret_rendering.rendered_secrets(Templar(loader=DataLoader()), variables)


@pytest.mark.parametrize(
    ("given", "values"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param(None, {}, id="nothing behind the key"),
        pytest.param({"A": "{{ password }}", "/b": "{{ vault.db }}"}, {"A": PASSWORD, "/b": PASSWORD}, id="values"),
        pytest.param({"A": "{{ nope | default(omit) }}", "B": "{{ 5 }}"}, {"B": 5}, id="one that is omitted"),
        pytest.param("{{ vault }}", {"db": PASSWORD}, id="a template as a whole"),
        pytest.param("{{ {'A': password} | combine(vault) }}", {"A": PASSWORD, "db": PASSWORD}, id="an expression"),
        pytest.param("{{ omit }}", {}, id="omitted as a whole"),
    ],
)
def test_rendered(given: t.Any, values: dict[str, t.Any]) -> None:
    assert rendered(given) == (values, [])


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        pytest.param("{{ nope }}", f"'nope' is undefined; {DEFINE}", id="undefined"),
        pytest.param("{{ indirect }}", f"'nope' is undefined; {DEFINE}", id="by way of another variable"),
        pytest.param("{{ vault.no }}", f"object of type 'dict' has no attribute 'no'; {DEFINE}", id="missing entry"),
        pytest.param("{{ vaulted }}", UNDECRYPTABLE, id="variable that can't be decrypted"),
        pytest.param("x-{{ vaulted }}", UNDECRYPTABLE, id="part of a text that can't be decrypted"),
        pytest.param(ENCRYPTED, UNDECRYPTABLE, id="value that can't be decrypted"),
        pytest.param("{{ vault[password] }}", f"cannot be rendered; {HIDDEN}", id="a value as a name"),
        pytest.param(
            "{{ undef(password ~ ' is undefined') }}", f"cannot be rendered; {HIDDEN}", id="a value as a hint"
        ),
        pytest.param("{{ lookup('file', password) }}", f"The lookup plugin 'file' failed; {HIDDEN}", id="lookup"),
        pytest.param(
            "{{ password | from_json }}", f"The filter plugin 'ansible.builtin.from_json' failed; {HIDDEN}", id="filter"
        ),
        pytest.param("{{ password + 1 }}", f"cannot be rendered; {HIDDEN}", id="wrong types"),
        pytest.param("{{ password", f"cannot be rendered; {HIDDEN}", id="wrong syntax"),
    ],
)
def test_problem_by_name_beside_the_others_and_without_a_value(template: t.Any, problem: str) -> None:
    values, problems = rendered({"A": template, "B": "{{ password }}", "/c": "{{ also_nope }}"})
    assert values == {"B": PASSWORD}
    assert problems == [
        f"service_secrets.A: {problem}",
        f"service_secrets./c: 'also_nope' is undefined; {DEFINE}",
    ]
    assert PASSWORD not in str(problems)


@pytest.mark.parametrize("whole", ["{{ all_secrets }}", "{{ by_two_names }}"])
def test_a_template_as_a_whole_has_its_values_told_by_name(whole: str) -> None:
    assert rendered(whole) == (
        {"A": PASSWORD},
        [f"service_secrets.B: 'nope' is undefined; {DEFINE}", f"service_secrets.C: {UNDECRYPTABLE}"],
    )


@pytest.mark.parametrize(
    ("whole", "problem"),
    [
        pytest.param("{{ nope }}", f"'nope' is undefined; {DEFINE}", id="undefined"),
        pytest.param("{{ endless }}", f"cannot be rendered; {HIDDEN}", id="itself"),
        pytest.param("{{ as_a_list }}", "expected a mapping of names to values, got a list", id="list"),
        pytest.param("{{ password }}", "expected a mapping of names to values, got a single value", id="text"),
    ],
)
def test_a_template_as_a_whole_that_gives_no_mapping(whole: str, problem: str) -> None:
    assert rendered(whole) == ({}, [f"service_secrets: {problem}"])


def test_what_is_no_template_is_not_followed() -> None:
    variables = {**INVENTORY, "service_secrets": "{{ all_secrets }}"}
    values, problems = secret_rendering.rendered_secrets(Templar(loader=DataLoader()), variables)
    assert (values, problems) == ({}, ["service_secrets: expected a mapping of names to values, got a single value"])


def test_without_secrets_nothing_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_rendering, "SecretRendering", None)
    assert rendered({}) == ({}, [])
