# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes as Docker writes them."""

from __future__ import annotations

import typing as t

import pytest
from docker import utils

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._sizes import parse_bytes


@pytest.mark.parametrize(
    "size", ["512m", "512mb", "512M", "1g", "1GB", "0.5g", "10 m", " 5m", "1k", "1b", "12", "0", "-1", 5, -1, -5]
)
def test_sizes_are_those_of_the_docker_sdk(size: t.Any) -> None:
    assert parse_bytes(size, "mem_limit") == utils.parse_bytes(size)


@pytest.mark.parametrize("size", ["", "m", "10q", "1p", "10byte", "1e9", "10mm", "1Gi", "inf", "-5m", None, [1]])
def test_what_is_not_a_size_is_refused(size: t.Any) -> None:
    with pytest.raises(Failure, match=r"^mem_limit: .* is not a valid size; write bytes"):
        parse_bytes(size, "mem_limit")
