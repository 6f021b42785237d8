# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._reports import (
    change_rows,
    drain_rows,
    history_rows,
    problem_lines,
    shown_status,
    status_rows,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._signing import signature_of

Result = dict[str, t.Any]

IMAGE = {"reference": "registry/web@sha256:0123456789abcdef", "content": "c-2", "version": "1.2"}
CURRENT = {
    "id": "r-2",
    "service": "web",
    "state": "done",
    "image": IMAGE,
    "code": None,
    "started": "2026-11-21T10:00:00Z",
    "who": "anna",
    "where": "desk",
    "commit": "0123456789abcdef",
    "back_to": "",
    "removed": "",
    "set_aside": [],
    "hosts": {"n1": {"result": "done"}, "n2": {"result": "failed"}, "n3": {"result": "done"}},
}
RAN = {"release": "r-2", "action": "replace", "result": "done", "when": "then"}
INSTANCE = {
    "instance": "web",
    "service": "web",
    "state": "running",
    "since": "2026-11-21T10:00:05",
    **IMAGE,
    "code": "4f2a",
    "checks": {"a": "passing", "b": "critical"},
    "drained": "",
    "failing": [],
    "drift": [],
}


def row(note: Result, hosts: list[str], **changes: t.Any) -> Result:
    """Return the row of one instance on n1."""
    services = {"web": {"current": "r-2", "releases": [CURRENT], "nodes": {"node-1": {"web": note}}, "lock": ""}}
    found = {"n1": {"node": "node-1", "instances": [{**INSTANCE, **changes}]}}
    return status_rows(found, services, {"web": {host: ["web"] for host in hosts}})[0]


@pytest.mark.parametrize(
    ("note", "changes", "remarks"),
    [
        pytest.param(RAN, {}, [], id="as it should be"),
        pytest.param({**RAN, "release": "r-1"}, {"content": "c-1"}, ["r-2 is current"], id="outdated"),
        pytest.param({}, {}, ["r-2 is current, with the same image"], id="not released by a rollout"),
        pytest.param(
            {"release": "r-2", "action": "replace", "doing": "gate", "limit": 300.0, "when": "10:00"},
            {},
            ["replace: gate since 10:00, for at most 300 s"],
            id="being launched",
        ),
        pytest.param({**RAN, "result": "failed", "message": "no"}, {}, ["replace to r-2 failed: no"], id="failed"),
        pytest.param(
            {**RAN, "release": "r-3", "result": "failed", "message": "no"},
            {},
            ["replace to r-3 failed, and what was there before is back: no"],
            id="failed and taken back",
        ),
        pytest.param(RAN, {"drift": ["mem_limit: 1, not 2"]}, ["mem_limit: 1, not 2"], id="changed by hand"),
        pytest.param(
            RAN, {"failing": ["web is in maintenance: disk"]}, ["web is in maintenance: disk"], id="in maintenance"
        ),
    ],
)
def test_remarks(note: Result, changes: Result, remarks: list[str]) -> None:
    assert row(note, ["n1"], **changes)["remarks"] == remarks


def test_a_drained_instance() -> None:
    shown = row(RAN, ["n1"], drained="leak (by anna on desk, since then)")
    assert shown["state"] == "running, drained"
    assert shown["remarks"] == ["drained: leak (by anna on desk, since then)"]


def test_drains() -> None:
    drain = {"when": "then", "who": "anna on desk", "what": "drained", "node": "n1", "instance": "web", "reason": ""}
    assert drain_rows({"web": {"drains": [drain]}, "api": {}}) == [{"service": "web", **drain}]


def test_instance_that_nobody_asks_for() -> None:
    assert row(RAN, [])["remarks"] == [
        "no service file asks for it here; to remove it: remove.yml -e service=web --limit n1"
    ]
    assert row(RAN, ["n2"])["remarks"] == ["is no host of service_hosts any more; a deploy removes it here"]


def test_row() -> None:
    assert row(RAN, ["n1"]) == {
        "service": "web",
        "host": "n1",
        "instance": "web",
        "state": "running",
        "release": "r-2",
        "image": "1.2 0123456789ab",
        "code": "4f2a",
        "checks": "1/2 passing",
        "since": "2026-11-21T10:00:05",
        "remarks": [],
    }


def test_instances_of_a_host_that_has_several() -> None:
    there = [{**INSTANCE, "instance": name} for name in ("web-1", "web-3", "web-4", "canary")]
    rows = status_rows({"n1": {"node": "n1", "instances": there}}, {}, {"web": {"n1": ["web-1", "web-2", "web-3"]}})
    assert {row["instance"]: row["remarks"] for row in rows} == {
        "canary": [],
        "web-1": [],
        "web-2": ["should run here"],
        "web-3": [],
        "web-4": ["service_instances has 3 of web here, web-1, web-2, web-3; the next deploy removes this one"],
    }


def test_instances_that_are_missing() -> None:
    found = {
        "n1": {"node": "n1", "instances": []},
        "n2": {"unreachable": True, "msg": "no route"},
        "n3": {"failed": False, "msg": "no agent"},  # as status.yml has it
    }
    rows = status_rows(found, {}, {"web": {host: ["web"] for host in ("n1", "n2", "n3", "not in this play")}})
    assert [(r["host"], r["state"], r["remarks"]) for r in rows] == [
        ("n1", "missing", ["should run here"]),
        ("n2", "unknown", ["cannot be asked: no route"]),
        ("n3", "unknown", ["cannot be asked: no agent"]),
    ]


def test_history() -> None:
    old = {**CURRENT, "id": "r-1", "state": "failed", "back_to": "r-0", "set_aside": ["n4"], "removed": "at ten"}
    services = {"web": {"current": "r-2", "releases": [CURRENT, old], "nodes": {}, "lock": "", "prefix": "p"}}
    rows = history_rows(services, None)
    assert [(r["release"], r["state"], r["hosts"], r["commit"], r["remarks"]) for r in rows] == [
        ("r-2", "current", "2 done, 1 failed", "0123456789ab", []),
        ("r-1", "failed", "2 done, 1 failed", "0123456789ab", ["rollback to r-0", "set aside: n4", "removed at ten"]),
    ]


def test_history_of_a_service_without_a_readable_record_hides_no_other() -> None:
    spoilt = {"current": "", "releases": [], "nodes": {}, "lock": "", "prefix": "p", "problems": ["no record"]}
    services = {"db": spoilt, "web": {"current": "r-2", "releases": [CURRENT], "nodes": {}, "lock": "", "prefix": "p"}}
    assert [row["service"] for row in history_rows(services, None)] == ["web"]
    assert problem_lines(services) == ["no record"]


FILE = "service_container: {environment: {A: '1'}, command: [a, '{{ config.b }}']}\nservice_secrets: {T: !vault x}\n"


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("changes", "remarks"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"image": {**IMAGE, "content": "c-3"}}, ["changed: image"], id="image"),
        pytest.param({"code": {"content": "x", "version": "4f2a"}}, ["changed: code"], id="code"),
        pytest.param({"rendered": {"n1": "b"}}, ["changed: variables (of the inventory, or -e)"], id="a variable"),
        pytest.param({"rendered": {"n1": "b"}, "config_digest": "o"}, ["changed: configuration"], id="what is known"),
        pytest.param({"rendered": {"n2": "b"}}, [], id="another host"),
        pytest.param({"rendered": {"n1": "a", "n2": "b"}}, [], id="one more host"),
        pytest.param({"config_digest": "other"}, ["changed: configuration"], id="configuration"),
        pytest.param({"promoted_from": "r-1 of ../s"}, ["promoted from r-1 of ../s"], id="promoted"),
        pytest.param(
            {"service_file": FILE.replace("'1'", "'2'").replace("[a,", "[b,")},
            ["changed: command, environment.A"],
            id="keys of the service file",
        ),
        pytest.param(
            {"service_file": FILE + "".join(f"own_{n}: 1\n" for n in range(7))},
            ["changed: own_0, own_1, own_2, own_3, own_4, 2 more"],
            id="many keys",
        ),
        pytest.param(
            {"service_file": "a: [", "config_digest": "other"},
            ["changed: configuration, command, environment.A, service_secrets.T"],
            id="a file that is not YAML",
        ),
        pytest.param({"service_file": "a: " + "[" * 5000}, [], id="a file that is nested without an end"),
        pytest.param({"service_file": LAUGHS}, [], id="aliases of aliases, a billion values"),
        pytest.param(
            {"service_file": "a: &a [*a]"},
            ["changed: command, environment.A, service_secrets.T"],
            id="an alias that names itself",
        ),
        pytest.param(
            {"service_file": "a: &a {b: {c: [*a, *a]}}"},
            ["changed: command, environment.A, service_secrets.T"],
            id="one that names itself far inside",
        ),
        pytest.param({"service_file": "a: " + "x" * 70_000}, [], id="a file of a size that no service file has"),
        pytest.param(
            {"service_file": "before: &one [{command: [x]}]\nafter: *one\n"},
            ["changed: after, before, command, environment.A, service_secrets.T"],
            id="an alias as people use it",
        ),
    ],
)
def test_history_tells_what_a_release_changed(changes: Result, remarks: list[str]) -> None:
    before = {**CURRENT, "id": "r-1", "service_file": FILE, "config_digest": "d", "rendered": {"n1": "a"}}
    releases = [{**before, "id": "r-2", **changes}, before]
    rows = history_rows({"web": {"current": "r-2", "releases": releases, "nodes": {}, "lock": "", "prefix": "p"}}, None)
    assert [row["remarks"] for row in rows] == [remarks, []]


def test_each_key_that_a_release_changed_with_before_and_after() -> None:
    before = {**CURRENT, "id": "r-1", "service_file": FILE, "config_digest": "d" * 64, "rendered": {}}
    file = FILE.replace("'1'", "'2'").replace(", command: [a, '{{ config.b }}']", "") + f"own: {'x' * 200}\n"
    image = {"content": "c-3", "version": "1.3", "reference": "registry/web@sha256:fedcba9876543210"}
    after = {**before, "id": "r-2", "service_file": file, "config_digest": "e" * 64, "image": image}
    info = {"current": "r-2", "releases": [after, before], "nodes": {}, "lock": "", "prefix": "p"}
    rows = history_rows({"web": info}, None)
    told = change_rows(rows, "r-2")
    assert [(row["key"], row["before"], row["after"]) for row in told] == [
        ("image", "1.2 0123456789ab", "1.3 fedcba987654"),
        ("configuration", "d" * 12, "e" * 12),
        ("own", "", "x" * 100),
        ("command", "['a', '{{ config.b }}']", ""),
        ("environment.A", "1", "2"),
    ]
    assert {(row["service"], row["who"], row["commit"]) for row in told} == {("web", "anna on desk", "0123456789ab")}
    assert change_rows(rows, "r-1") == []
    with pytest.raises(Failure, match="There is no release r-9"):
        change_rows(rows, "r-9")


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        pytest.param("a" * 300 + "b", "a" * 300 + "c", ("… " + "a" * 25 + "b", "… " + "a" * 25 + "c"), id="at the end"),
        pytest.param("b" + "a" * 300, "c", ("b" + "a" * 99, "c"), id="at the beginning"),
        pytest.param("a" * 60 + "b", "a" * 60, ("a" * 60 + "b", "a" * 60), id="short ones"),
        pytest.param(None, "a" * 300, ("", "a" * 100), id="new"),
    ],
)
def test_history_shows_where_long_values_differ(before: str | None, after: str, shown: tuple[str, str]) -> None:
    change = {"key": "command", "before": before, "after": after}
    row = {"service": "web", "release": "r-2", "who": "anna", "commit": "", "changes": [change]}
    (told,) = change_rows([row], "r-2")
    assert (told["before"], told["after"]) == shown


def test_history_tells_what_nobody_has_signed() -> None:
    key = b"k" * 32
    ended = {**CURRENT, "ended": "then", "signature": ""}
    signed = {**ended, "signature": signature_of(ended, key, "p")}
    changed = {**signed, "image": {**signed["image"], "reference": "evil:1"}}
    begun = {**ended, "ended": ""}
    releases = [signed, changed, ended, begun, {**begun, "state": "interrupted"}, {**begun, "state": "rolling"}]
    rows = history_rows({"web": {"current": "r-2", "releases": releases, "nodes": {}, "lock": "", "prefix": "p"}}, key)
    unsigned = ["not signed, so it is not rolled"]
    assert [row["remarks"] for row in rows] == [[], unsigned, unsigned, unsigned, unsigned, []]


def test_history_of_a_killed_rollout_counts_what_the_hosts_noted() -> None:
    killed = {**CURRENT, "state": "interrupted", "hosts": {}}
    notes = {"n1": "done", "n2": "done", "n3": None}
    nodes = {node: {"web": {"release": "r-2", "result": result}} for node, result in notes.items()}
    other = {"n4": {"web": {"release": "r-1", "result": "done"}}}
    info = {"current": "r-1", "releases": [killed], "nodes": {**nodes, **other}, "lock": "", "prefix": "p"}
    assert history_rows({"web": info}, None)[0]["hosts"] == "2 done, 1 under way"


@pytest.mark.parametrize(("instance", "shown"), [("web", ""), ("web-2", "web-2")])
def test_status_as_people_read_it(instance: str, shown: str) -> None:
    (told,) = shown_status([row(RAN, ["n1"], instance=instance)], now=1795255265.0)
    assert (told["instance"], told["age"]) == (shown, "60 s")
