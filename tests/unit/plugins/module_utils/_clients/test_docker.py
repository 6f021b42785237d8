# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses at which no engine can be; real engines are the lab's."""

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


@pytest.mark.parametrize("host", ["tcp://h:abc", "tcp://h:99999", "tcp://[::1"])
def test_no_address(host: str) -> None:
    with pytest.raises(Failure) as failure:
        Docker(host)
    assert str(failure.value).startswith(f"docker_host: {host!r} is not the address of an engine (")
    assert str(failure.value).endswith("); write it like unix:///var/run/docker.sock")


@pytest.mark.parametrize("host", ["unix:///nowhere", "nowhere", "tcp://a..b:2375"])
def test_nobody_there(host: str) -> None:
    with pytest.raises(Failure, match=f"^The Docker Engine at {host} cannot be reached .* or correct docker_host"):
        Docker(host)
