# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._versions import MINIMUM, outdated


@pytest.mark.parametrize(
    ("package", "version", "is_outdated"),
    [
        ("docker", "7.0.0", True),
        ("docker", "6.1.3", True),
        ("docker", "7.1.0", False),
        ("docker", "7.10", False),
        ("docker", "8.0.0b1", False),
        ("dnspython", "1.16.0", True),
        ("dnspython", "2.8.0", True),
        ("dnspython", "2.9.2", False),
        pytest.param("py-consul", "1.1.0", True, id="python-consul, which has the same import"),
        ("py-consul", "unknown", True),
        ("py-consul", "1.8.0", False),
    ],
)
def test_outdated(package: str, version: str, is_outdated: bool) -> None:
    told = outdated(package, version)
    assert (told is not None) == is_outdated
    if told:
        assert f"{package} of {sys.executable} is {version}; {MINIMUM[package]} or newer is needed" in told
