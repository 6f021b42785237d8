# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.trust import unusable_authorities
from tests.certificates import authority
from tests.unit.builders import instance_spec


def wanted(before: str = "", after: str = "", reload: str = "", files: t.Sequence[str] = ()) -> InstanceSpec:
    conditions = {
        when: [{"http": "https://127.0.0.1/", "ca_file": path}, {"command": ["true"]}]
        for when, path in (("before", before), ("after", after))
    }
    return instance_spec(
        gate=conditions,
        reload={"url": "https://127.0.0.1/", "ca_file": reload or None},
        files=[{"path": path, "content": ""} for path in files],
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"before": "ca.crt", "after": "ca.crt", "reload": "ca.crt"}, [], id="there"),
        pytest.param({"before": "no.crt"}, ["service_gate.before[0].ca_file: ROOT/no.crt cannot be read"], id="before"),
        pytest.param({"after": "ca.key"}, ["service_gate.after[0].ca_file: ROOT/ca.key has no certificate"], id="key"),
        pytest.param({"reload": "no.crt"}, ["service_reload.ca_file: ROOT/no.crt cannot be read on"], id="reload"),
        pytest.param(
            {"reload": "."}, ["service_reload.ca_file: ROOT/. cannot be read on this host (Is a d"], id="folder"
        ),
        pytest.param({"before": "new.crt", "files": ["new.crt"]}, [], id="one that the launch writes"),
        pytest.param(
            {"before": "a", "reload": "b"}, ["service_gate.before[0].ca_file: ", "service_reload.ca_file: "], id="two"
        ),
    ],
)
def test_ca_files(tmp_path: Path, given: dict[str, t.Any], said: list[str]) -> None:
    authority(tmp_path)
    paths = {
        name: f"{tmp_path}/{value}" if isinstance(value, str) else [f"{tmp_path}/{path}" for path in value]
        for name, value in given.items()
    }
    problems = [problem.replace(str(tmp_path), "ROOT") for problem in unusable_authorities(wanted(**paths))]
    assert len(problems) == len(said)
    assert all(problem.startswith(begin) for problem, begin in zip(problems, said, strict=True)), problems
