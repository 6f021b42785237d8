# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance is brought to, by what was found, begun or recorded."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._target import Target

IMAGE = {"reference": "web@sha256:1", "content": "c-1", "version": "v1"}
CODE = {"reference": "web-code@sha256:2", "content": "k-1", "version": "v2"}


@pytest.mark.parametrize(
    ("record", "target"),
    [
        pytest.param({"image": {**IMAGE, "changed": True}, "code": None}, Target(IMAGE, None), id="just found"),
        pytest.param(
            {"image": {**IMAGE, "sidecars": {"nginx": {**IMAGE, "diff": {}}}}},
            Target({**IMAGE, "sidecars": {"nginx": IMAGE}}, None),
            id="with a sidecar",
        ),
        pytest.param({"image": IMAGE, "code": {"skipped": True}}, Target(IMAGE, None), id="no code of its own"),
        pytest.param({"image": IMAGE, "code": CODE}, Target(IMAGE, CODE), id="with code"),
        pytest.param(
            {"image": IMAGE, "code": {**CODE, "reference": None}},
            Target(IMAGE, dict(CODE, reference=None)),
            id="code that is not in the registry yet",
        ),
        pytest.param(
            {"image": {"reference": "r", "content": "c"}},
            Target(dict(IMAGE, reference="r", content="c", version=None), None),
            id="without a version",
        ),
        pytest.param(
            {"id": "r-1", "image": IMAGE, "code": CODE, "config_digest": "d", "who": "me"},
            Target(IMAGE, CODE, "r-1", "d"),
            id="a record",
        ),
    ],
)
def test_target(record: dict[str, t.Any], target: Target) -> None:
    assert Target.from_record(record) == target
