# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a host's turn asks Consul again."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._regathering import gathers_again

NEW_CODE = {"action": "signal", "changes": [{"key": "code"}, {"key": "code.current"}]}
REPLACE = {"action": "replace", "changes": [{"key": "image"}]}


@pytest.mark.parametrize(
    ("plan", "reads_consul", "first_boot", "again"),
    [
        pytest.param(REPLACE, True, False, True, id="peers or configuration"),
        pytest.param(REPLACE, False, True, True, id="a first boot is over once another host has begun"),
        pytest.param(REPLACE, False, False, False, id="nothing of Consul is in the file"),
        pytest.param(NEW_CODE, True, True, False, id="new code alone, in a container that stays"),
        pytest.param({**NEW_CODE, "action": "restart"}, True, False, True, id="new code by a restart"),
        pytest.param(
            {"action": "signal", "changes": [*NEW_CODE["changes"], {"key": "files./etc/web"}]},
            *(True, False, True),
            id="new code and a file",
        ),
        pytest.param({}, True, False, True, id="no plan, as in a play of a user's own"),
    ],
)
def test_gathers_again(plan: dict[str, t.Any], reads_consul: bool, first_boot: bool, again: bool) -> None:
    assert gathers_again(plan, reads_consul, first_boot) is again
