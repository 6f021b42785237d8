# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._new_fleet import (
    MARKER,
    NewHost,
    address_behind,
    hosts_of,
    new_fleet,
)

ADDRESSES = {"web.example.com": "192.0.2.7", "a-1": "192.0.2.8"}


@pytest.mark.parametrize(
    ("text", "name", "variables"),
    [
        pytest.param("10.0.0.1", "shop1", {"ansible_host": "10.0.0.1"}, id="address"),
        pytest.param("root@10.0.0.1", "shop1", {"ansible_host": "10.0.0.1", "ansible_user": "root"}, id="root"),
        pytest.param(
            "_a-b.c@10.0.0.1:2222",
            "shop1",
            {"ansible_host": "10.0.0.1", "ansible_port": 2222, "ansible_user": "_a-b.c", "ansible_become": True},
            id="another user becomes root",
        ),
        pytest.param("[2001:DB8::0001]", "shop1", {"ansible_host": "2001:db8::1"}, id="IPv6"),
        pytest.param("[::1]:22", "shop1", {"ansible_host": "::1", "ansible_port": 22}, id="IPv6 with a port"),
        pytest.param(
            "web.example.com",
            "web.example.com",
            {"ansible_host": "web.example.com", "consul_address": "192.0.2.7"},
            id="a name, and its address for Consul",
        ),
        pytest.param("a-1", "a-1", {"ansible_host": "a-1", "consul_address": "192.0.2.8"}, id="a short name"),
    ],
)
def test_a_host_becomes_its_variables(text: str, name: str, variables: dict[str, t.Any]) -> None:
    (host,) = hosts_of(text, "shop", ADDRESSES.get)
    assert (host.name, host.variables()) == (name, variables)


def test_hosts_are_numbered_by_their_place() -> None:
    hosts = hosts_of("10.0.0.1, a-1,10.0.0.3", "shop", ADDRESSES.get)
    assert [host.name for host in hosts] == ["shop1", "a-1", "shop3"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(None, "say which hosts", id="none"),
        pytest.param("", "say which hosts", id="empty"),
        pytest.param(" , ", "say which hosts", id="commas"),
        pytest.param(["10.0.0.1"], "say which hosts", id="a list"),
        pytest.param("10.0.0.1,,10.0.0.2", "'' has neither an address nor a host's name", id="one is empty"),
        pytest.param("root@", "'root@' has neither", id="no address"),
        pytest.param("root@2001:db8::1", "in brackets", id="IPv6 without brackets"),
        pytest.param("root@[2001:db8::1", "is not a host", id="half a bracket"),
        pytest.param("[10.0.0.1]", "'10.0.0.1', which is not one of IPv6", id="IPv4 in brackets"),
        pytest.param("[fe80::x]", "'fe80::x', which is not one of IPv6", id="wrong IPv6"),
        pytest.param("10.0.0.256", "'10.0.0.256', which is not one of IPv4", id="wrong IPv4"),
        pytest.param("10.0.0", "not one of IPv4", id="short IPv4"),
        pytest.param("@10.0.0.1", "the user ''", id="empty user"),
        pytest.param("-oProxyCommand=x@10.0.0.1", "the user '-oProxyCommand=x'", id="an option in the user's place"),
        pytest.param("-oProxyCommand=x", "neither an address nor", id="an option in the address's place"),
        pytest.param("a@b@10.0.0.1", "is not a host|neither", id="two users"),
        pytest.param("10.0.0.1:0", "the port '0'", id="port 0"),
        pytest.param("10.0.0.1:65536", "the port '65536'", id="port too large"),
        pytest.param("10.0.0.1:ssh", "the port 'ssh'", id="port by name"),
        pytest.param("10.0.0.1:٢٢", "the port", id="port in other digits"),
        pytest.param("10.0.0.1:", "the port ''", id="no port"),
        pytest.param("web_1.example.com", "neither an address nor", id="underscore"),
        pytest.param("web .example.com", "neither an address nor", id="blank"),
        pytest.param("root@{{ lookup('pipe', 'id') }}", "neither an address nor|not a host", id="a template"),
        pytest.param("nowhere.example.com", "leads to no address from here", id="a name that leads nowhere"),
        pytest.param("localhost", "what Ansible calls the controller", id="localhost"),
        pytest.param("10.0.0.1,root@10.0.0.1", "10.0.0.1 is there twice", id="twice"),
        pytest.param("[2001:db8::1],[2001:DB8::0001]", "2001:db8::1 is there twice", id="twice, written otherwise"),
    ],
)
def test_a_wrong_host_is_refused(text: t.Any, says: str) -> None:
    with pytest.raises(Failure, match=says) as refused:
        hosts_of(text, "shop", ADDRESSES.get)
    assert str(refused.value).startswith("hosts: ")


def test_one_address_with_two_ports_is_two_hosts() -> None:
    assert len(hosts_of("10.0.0.1:22,10.0.0.1:23", "shop", ADDRESSES.get)) == 2


@pytest.mark.parametrize(("hosts", "servers"), [(1, 1), (2, 1), (3, 3), (5, 3)])
def test_the_first_hosts_are_consuls_servers(hosts: int, servers: int, tmp_path: Path) -> None:
    given = {"fleet": "shop", "hosts": ",".join(f"10.0.0.{n}" for n in range(1, hosts + 1)), "folder": str(tmp_path)}
    fleet = new_fleet(given, ADDRESSES.get)
    assert fleet.servers() == ["shop1", "shop2", "shop3"][:servers]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param(None, "say what the fleet is called", id="none"),
        pytest.param("", "'' cannot be its name", id="empty"),
        pytest.param("Shop", "'Shop' cannot be its name", id="upper case"),
        pytest.param("1shop", "'1shop' cannot be its name", id="a digit first"),
        pytest.param("../shop", "'../shop' cannot be its name", id="a path"),
        pytest.param("{{ x }}", "'{{ x }}' cannot be its name", id="a template"),
        pytest.param("a" * 41, "cannot be its name", id="long"),
        pytest.param("shop\n", "cannot be its name", id="newline"),
        pytest.param(5, "5 cannot be its name", id="a number"),
    ],
)
def test_a_wrong_name_is_refused(name: t.Any, says: str, tmp_path: Path) -> None:
    given = {"fleet": name, "hosts": "10.0.0.1", "folder": str(tmp_path)}
    with pytest.raises(Failure, match=f"^fleet: {says}|^fleet: .*{says}"):
        new_fleet({key: value for key, value in given.items() if value is not None}, ADDRESSES.get)


@pytest.mark.parametrize(
    ("there", "folder", "says"),
    [
        pytest.param([], "", "is not the path of a folder", id="empty path"),
        pytest.param([], "a\nb", "is not the path of a folder", id="newline"),
        pytest.param([], "{{ x }}", "is not the path of a folder", id="a template"),
        pytest.param([], ["a"], "is not the path of a folder", id="a list"),
        pytest.param(["a"], "a", "a is a file", id="a file"),
        pytest.param(["a/b", "a/c"], "a", r"is not empty \(b, c\) and was not made by init", id="somebody else's"),
        pytest.param([f"a/{n}" for n in range(6)], "a", r"\(0, 1, 2, 3, 4 \.\.\.\)", id="with many files"),
        pytest.param(["a/hosts.yml"], "a", "was not made by init", id="an inventory of one's own"),
    ],
)
def test_a_folder_that_is_not_ours_is_refused(
    there: list[str], folder: t.Any, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _fill(tmp_path, there)
    with pytest.raises(Failure, match=f"^folder: .*{says}"):
        new_fleet({"fleet": "shop", "hosts": "10.0.0.1", "folder": folder}, ADDRESSES.get)


@pytest.mark.parametrize(
    ("there", "given", "hosts"),
    [
        pytest.param([], {"hosts": "10.0.0.1"}, 1, id="no folder yet"),
        pytest.param([f"shop/{MARKER}"], {"hosts": "10.0.0.1"}, 1, id="one without an inventory"),
        pytest.param([f"shop/{MARKER}", "shop/hosts.yml"], {}, 0, id="its inventory has the hosts"),
    ],
)
def test_a_folder_of_ours_is_taken(
    there: list[str], given: dict[str, str], hosts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _fill(tmp_path, there)
    fleet = new_fleet({"fleet": "shop", **given}, ADDRESSES.get)
    assert (fleet.folder, len(fleet.hosts)) == (tmp_path / "shop", hosts)


def test_hosts_are_needed_where_no_inventory_has_them(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="say which hosts"):
        new_fleet({"fleet": "shop", "folder": str(tmp_path / "new")}, ADDRESSES.get)


def test_the_controller_resolves_names() -> None:
    assert address_behind("localhost") in ("127.0.0.1", "::1")
    assert address_behind("nowhere.invalid") is None


def test_a_host_without_a_user_leaves_it_to_ssh() -> None:
    assert NewHost("a", "10.0.0.1").variables() == {"ansible_host": "10.0.0.1"}


def _fill(folder: Path, there: list[str]) -> None:
    for name in there:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("", encoding="utf-8")
