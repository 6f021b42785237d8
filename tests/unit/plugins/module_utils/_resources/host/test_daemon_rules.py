# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.daemon_rules import flags_of, problems

OLD, NEW = (20, 10, 24), (28, 0, 1)


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ([], {}),
        (["-H", "fd://"], {"hosts": "-H"}),
        (["-H=fd://"], {"hosts": "-H=fd://"}),
        (
            ["--log-opt", "max-size=1m", "--log-driver=journald"],
            {"log-opts": "--log-opt", "log-driver": "--log-driver=journald"},
        ),
        (["--label=a=b", "--storage-driver", "vfs"], {"labels": "--label=a=b", "storage-driver": "--storage-driver"}),
    ],
)
def test_flags_of(arguments: list[str], flags: dict[str, str]) -> None:
    assert flags_of(arguments) == flags


@pytest.mark.parametrize(
    ("settings", "arguments", "version", "beginnings"),
    [
        ({"live-restore": True, "log-opts": {}}, ["-H", "fd://"], OLD, []),
        ({"live-restor": True}, [], OLD, ["live-restor: the engine of this host (20.10.24) has no such setting"]),
        # From 23 on the engine itself says it, and of a version that cannot be told nothing is said.
        ({"live-restor": True}, [], NEW, []),
        ({"live-restor": True}, [], (), []),
        ({"log-level": "warn"}, ["-l", "debug"], NEW, ["log-level: dockerd runs with -l"]),
        ({"hosts": ["unix:///x"]}, ["-H", "fd://"], NEW, ["hosts: dockerd runs with -H"]),
        ({"hosts": ["unix:///x", "tcp://0.0.0.0:2375"]}, [], NEW, ["hosts: tcp://0.0.0.0:2375: whoever reaches"]),
        ({"hosts": "tcp://0.0.0.0:2375"}, [], NEW, []),  # no list: the engine refuses it
    ],
)
def test_problems(
    settings: dict[str, t.Any], arguments: list[str], version: tuple[int, ...], beginnings: list[str]
) -> None:
    found = problems(settings, flags_of(arguments), version, "docker.service")
    assert len(found) == len(beginnings)
    assert all(problem.startswith(beginning) for problem, beginning in zip(found, beginnings, strict=True))


def test_a_key_that_is_close_is_named() -> None:
    (problem,) = problems({"live-restor": True}, {}, OLD, "docker.service")
    assert "Is live-restore meant?" in problem
