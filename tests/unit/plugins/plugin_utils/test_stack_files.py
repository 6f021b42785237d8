# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleError

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_files import asked_peers, member_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_order import Member


class Files:
    """Service files of which one is read."""

    def __init__(self, data: dict[str, t.Any]) -> None:
        self._data = data

    def sources(self, _path: Path) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
        return {}, self._data

    def hosts(self, _sources: t.Any) -> list[str]:
        return ["n1", "n2"]

    def raw(self, key: str, _sources: t.Any, hosts: list[str]) -> t.Any:
        assert hosts == ["n1"]
        return self._data.get(key)

    def value(self, key: str, sources: t.Any, hosts: list[str]) -> t.Any:
        if self._data.get(key) == "{{ wrong }}":
            raise AnsibleError("'wrong' is undefined")
        return self.raw(key, sources, hosts)


def read(data: dict[str, t.Any]) -> Member:
    """Return what the file web.yml says."""
    files: t.Any = Files(data)
    return member_of(files, Path("web.yml"))


@pytest.mark.parametrize(
    ("data", "member"),
    [
        pytest.param({}, Member("web", "web.yml"), id="nothing"),
        pytest.param({"service_after": ["db"]}, Member("web", "web.yml", ("db",)), id="a list"),
        pytest.param({"service_after": "db"}, Member("web", "web.yml", ("db",)), id="one as a text"),
        pytest.param(
            {"service_peers": {"db": {"service": "db", "min": 1}, "odd": "{{ x }}"}},
            Member("web", "web.yml", peers={"db": {"service": "db", "min": 1}}),
            id="peers",
        ),
        pytest.param(
            {"service_registrations": [{"name": "web-admin"}, {"port": 80}, "{{ x }}"]},
            Member("web", "web.yml", names=("web-admin",)),
            id="names in Consul",
        ),
    ],
)
def test_what_a_file_says(data: dict[str, t.Any], member: Member) -> None:
    assert read(data) == member


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param({"service_after": {"db": 1}}, "service_after: expected a list of services", id="a mapping"),
        pytest.param({"service_after": [1]}, "service_after: expected a list of services", id="a number"),
        pytest.param({"service_after": "{{ wrong }}"}, "service_after: 'wrong' is undefined", id="a template"),
    ],
)
def test_what_is_refused(data: dict[str, t.Any], says: str) -> None:
    with pytest.raises(Failure, match=says):
        read(data)


def test_who_asks_for_whom() -> None:
    db = Member("db", "db.yml", peers={"own": {"service": "db"}}, names=("db-read",))
    web = Member("web", "web.yml", peers={"db": {"service": "db-read"}, "x": {"service": "elsewhere"}})
    assert asked_peers([db, web]) == {"db": [], "web": ["db"]}
