# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rollouts decide by is the same whatever the secrets are, and what people read has none of them."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

from ansible_collections.longshore.fleet.plugins.module_utils import _instance as instance
from ansible_collections.longshore.fleet.plugins.module_utils import _running as running
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._hiding import masking_secrets, pack, unpack
from ansible_collections.longshore.fleet.plugins.plugin_utils._with_secrets import with_packed_secrets

LONG = "correct horse battery"
RESULT = {
    "changed": True,
    "action": "replace",
    "changes": [{"key": "environment.replace", "before": "none", "after": None}],
    "problems": [],
    "passing": True,
    "leads": False,
    "pulled": 1,
    "node": {"name": "node1", "address": "10.0.0.1"},
    "release": "20240101-1",
    "seconds": {"gate": 1.0, "before": 0},
}


def returned(secrets: t.Any, story: t.Callable[[], t.Any], capsys: pytest.CaptureFixture[str]) -> dict[str, t.Any]:
    """Return what a module with such an option returns, masked as Ansible does it."""
    options = with_packed_secrets({"name": "web", "secrets": secrets})

    def main() -> None:
        module = AnsibleModule(argument_spec=instance.ARGUMENT_SPEC)
        running.run(module, lambda: masking_secrets(story, unpack(module.params["secrets"])))

    with patch_module_args(options), pytest.raises(SystemExit):
        main()
    result: dict[str, t.Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.parametrize(
    "value", ["1", "0", "replace", "none", "true", "node1", "web", "a", 1, True, "gate", "10.0.0.1"]
)
def test_what_is_decided_by_is_never_masked(value: t.Any, capsys: pytest.CaptureFixture[str]) -> None:
    result = returned({"A": value, "/run/key": "2"}, lambda: dict(RESULT), capsys)
    decided_by = [name for name in RESULT if name != "changes"]
    assert {name: result[name] for name in decided_by} == {name: RESULT[name] for name in decided_by}
    assert [change["key"] for change in result["changes"]] == ["environment.replace"]


def test_packed_secrets_do_not_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    result = returned({"A": LONG}, lambda: dict(RESULT), capsys)
    # From ansible-core 2.21 on a result has no options at all.
    options = result.get("invocation", {}).get("module_args", {})
    assert options.get("secrets", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER") == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert LONG not in json.dumps(result)


def fail() -> t.Never:
    raise Failure(
        f"The gate was not passed\n  log: {LONG}",
        logs=["starts", f"password {LONG}"],
        checks={"web:0": f"critical: {LONG}"},
    )


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(lambda: {"problems": [f"check said {LONG}"]}, id="problems"),
        pytest.param(lambda: {"diff": {"before": {"a": LONG}, "after": {"a": [f"x{LONG}"]}}}, id="diff"),
        pytest.param(lambda: {"changes": [{"key": "a", "before": LONG, "after": {"b": LONG}}]}, id="changes"),
        pytest.param(fail, id="failure with the log of a container"),
    ],
)
def test_texts_are_masked(story: t.Callable[[], t.Any], capsys: pytest.CaptureFixture[str]) -> None:
    result = returned({"A": LONG}, story, capsys)
    assert LONG not in json.dumps(result)
    assert "********" in json.dumps(result)


@pytest.mark.parametrize(
    ("values", "there"),
    [
        pytest.param({"A": "1", "/run/key": "ü\n"}, {"A": "1", "/run/key": "ü\n"}, id="texts"),
        pytest.param({"A": 1, "B": False, "C": None}, {"A": 1, "B": False, "C": None}, id="numbers and booleans"),
        pytest.param({"A": datetime.date(2024, 1, 2)}, {"A": "2024-01-02"}, id="a date, as YAML makes of it"),
        pytest.param({}, {}, id="none"),
    ],
)
def test_secrets_arrive_as_they_are(values: dict[str, t.Any], there: dict[str, t.Any]) -> None:
    assert unpack(pack(values)) == unpack(with_packed_secrets({"secrets": values})["secrets"]) == there


@pytest.mark.parametrize("given", ["a secret", ["a secret"], 5, "longshore-secrets:!", "longshore-secrets:YQ=="])
def test_what_is_no_mapping_is_refused_without_being_shown(given: t.Any) -> None:
    with pytest.raises(Failure, match=r"^secrets: .* mapping of names to values$") as failure:
        unpack(with_packed_secrets({"secrets": given})["secrets"])
    assert "a secret" not in str(failure.value)
