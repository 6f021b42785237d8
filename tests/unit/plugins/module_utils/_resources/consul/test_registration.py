# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    DIGEST,
    GATE,
    INSTANCE,
    FoundRegistration,
    Registration,
    checks_of,
    registrations,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change

HTTP = {"http": "http://127.0.0.1:80/", "interval": "10s"}
TTL = {"ttl": "30s"}
WRONG = yaml.safe_load((Path(__file__).parents[4] / "data/wrong_inputs/registrations.yml").read_text(encoding="utf-8"))


def registration(options: t.Any = None, **more: t.Any) -> Registration:
    return Registration.from_options(more if options is None else options, "web", "service_registrations[0]")


def found(wanted: Registration, **differing: t.Any) -> FoundRegistration:
    """Return the registration as the agent has it once it is registered, but for what differs."""
    body = wanted.to_api("passing")
    service = {**body, "Service": body["Name"]}
    checks = {check["CheckID"]: {"ServiceID": wanted.id} for check in body["Checks"]}
    return dataclasses.replace(FoundRegistration.from_api(service, checks), **differing)


@pytest.mark.parametrize(
    ("options", "identity", "body"),
    [
        pytest.param({}, "web", {"Name": "web"}, id="named like the instance"),
        pytest.param({"name": "web-admin"}, "web-web-admin", {"Name": "web-admin"}, id="another name"),
        pytest.param({"name": "api", "id": "api-1"}, "api-1", {"Name": "api"}, id="an ID of its own"),
        pytest.param({"port": 80}, "web", {"Name": "web", "Port": 80}, id="port"),
        pytest.param({"port": "80"}, "web", {"Name": "web", "Port": 80}, id="port of a template"),
        pytest.param({"port": None, "tags": None, "checks": None}, "web", {"Name": "web"}, id="nothing"),
        pytest.param({"address": "10.0.0.1"}, "web", {"Name": "web", "Address": "10.0.0.1"}, id="address"),
        pytest.param({"tags": ["ssd", 7]}, "web", {"Name": "web", "Tags": ["ssd", "7"]}, id="tags"),
        pytest.param(
            {"tags": [True, 1.5]}, "web", {"Name": "web", "Tags": ["true", "1.5"]}, id="tags that are no texts"
        ),
        pytest.param({"meta": {"rack": 7}}, "web", {"Name": "web", "Meta": {"rack": "7"}}, id="meta"),
        pytest.param(
            {"meta": {"canary": True, "note": None, "part": 0.5}},
            "web",
            {"Name": "web", "Meta": {"canary": "true", "note": "", "part": "0.5"}},
            id="meta that is no text",
        ),
        pytest.param(
            {"weights": {"passing": 10, "warning": "1"}},
            "web",
            {"Name": "web", "Weights": {"Passing": 10, "Warning": 1}},
            id="weights",
        ),
        pytest.param(
            {"tagged_addresses": {"wan": {"address": "192.0.2.1", "port": 80}}},
            "web",
            {"Name": "web", "TaggedAddresses": {"wan": {"Address": "192.0.2.1", "Port": 80}}},
            id="tagged addresses",
        ),
        pytest.param(
            {"enable_tag_override": True}, "web", {"Name": "web", "EnableTagOverride": True}, id="tag override"
        ),
    ],
)
def test_body(options: dict[str, t.Any], identity: str, body: dict[str, t.Any]) -> None:
    wanted = registration(options)
    assert (wanted.id, wanted.name, wanted.port, wanted.body) == (identity, body["Name"], body.get("Port"), body)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param("web", ": expected a mapping with name, port and checks, got 'web'", id="text"),
        pytest.param({"prot": 80}, ".prot: there is no such key; did you mean port?", id="unknown key"),
        pytest.param(
            {"name": "my_web"},
            ".name: 'my_web' can't be found by DNS; use only letters, digits and hyphens",
            id="underscore",
        ),
        pytest.param({"port": 0}, ".port: 0 is not a valid port; write a number from 1 to 65535", id="port 0"),
        pytest.param(
            {"port": 65536}, ".port: 65536 is not a valid port; write a number from 1 to 65535", id="port too high"
        ),
        pytest.param({"port": -1}, ".port: -1 is not a valid port; write a number from 1 to 65535", id="negative port"),
        pytest.param(
            {"port": "http"}, ".port: 'http' is not a valid port; write a number from 1 to 65535", id="name as port"
        ),
        pytest.param({"port": "²"}, ".port: '²' is not a valid port; write a number from 1 to 65535", id="superscript"),
        pytest.param(
            {"port": True}, ".port: True is not a valid port; write a number from 1 to 65535", id="boolean port"
        ),
        pytest.param({"address": 10}, ".address: expected text, got 10", id="number as address"),
        pytest.param({"tags": "ssd"}, ".tags: expected a list, got 'ssd'", id="one tag"),
        pytest.param({"meta": ["rack"]}, ".meta: expected a mapping, got ['rack']", id="list as meta"),
        pytest.param(
            {"meta": {"the rack": "a"}},
            ".meta: 'the rack' is not a valid key; use at most 128 letters, digits, hyphens and underscores",
            id="blank in a key of meta",
        ),
        pytest.param(
            {"meta": {"x" * 129: "a"}},
            f".meta: {'x' * 129!r} is not a valid key; use at most 128 letters, digits, hyphens and underscores",
            id="long key of meta",
        ),
        pytest.param(
            {"meta": {"text": "x" * 513}},
            ".meta.text: 513 characters; Consul takes at most 512; shorten it",
            id="long value of meta",
        ),
        pytest.param(
            {"meta": {str(n): "" for n in range(62)}},
            ".meta: 62 entries; Consul takes 64, and three are Longshore's; remove some",
            id="many entries of meta",
        ),
        pytest.param({"weights": 10}, ".weights: expected a mapping, got 10", id="number as weights"),
        pytest.param(
            {"weights": {"pasing": 10}}, ".weights.pasing: there is no such key; did you mean passing?", id="no weight"
        ),
        pytest.param(
            {"weights": {"passing": "much"}},
            ".weights.passing: expected a number from 1 to 65535, got 'much'",
            id="weight that is none",
        ),
        pytest.param(
            {"tagged_addresses": "192.0.2.1"},
            ".tagged_addresses: expected a mapping, got '192.0.2.1'",
            id="address only",
        ),
        pytest.param(
            {"checks": HTTP}, f".checks: expected a list such as [{{ttl: 30s}}], got {HTTP!r}", id="one check"
        ),
        pytest.param(
            {"checks": [{"ttl": 1}]},
            ".checks[0].ttl: 1 is not a valid duration for Consul; write it like 10s",
            id="in a check",
        ),
    ],
)
def test_wrong_options(options: t.Any, message: str) -> None:
    with pytest.raises(Failure) as failure:
        registration(options)
    assert str(failure.value) == f"service_registrations[0]{message}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"name": "web"}, "service_registrations: expected a list, got {'name': 'web'}", id="mapping"),
        pytest.param(
            [{"name": "web"}, {"name": "web", "port": 81}],
            "service_registrations: two entries have the ID web; give one of them an id of its own",
            id="the same twice",
        ),
    ],
)
def test_wrong_lists(options: t.Any, message: str) -> None:
    with pytest.raises(Failure) as failure:
        registrations(options, "web")
    assert str(failure.value) == message


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in WRONG])
def test_wrong_input_is_told_by_key_and_remedy(case: dict[str, t.Any]) -> None:
    with pytest.raises(Failure) as raised:
        registrations([case["registration"]], "web")
    problem = str(raised.value)
    assert problem.startswith("service_registrations[0]")
    assert [text for text in case["says"] if text not in problem] == []


def test_errors_name_the_entry() -> None:
    with pytest.raises(Failure, match=r"^service_registrations\[1\]\.checks\[1\]\.interval: missing"):
        registrations([{}, {"name": "b", "checks": [TTL, {"http": "http://x"}]}], "web")


def test_check_ids_are_ours_and_differ_between_registrations() -> None:
    wanted = registrations([{"checks": [HTTP, HTTP, TTL]}, {"name": "admin", "checks": [HTTP]}], "web")
    ids = [check.id for check in checks_of(wanted)]
    assert len(set(ids)) == 4
    assert [i.rpartition("-")[0] for i in ids] == ["web:0", "web:1", "web:2", "web-admin:0"]


@pytest.mark.parametrize("probed", ["critical", "passing"])
def test_only_what_the_gate_probes_begins_with_its_status(probed: str) -> None:
    wanted = registration(port=80, meta={"rack": "a"}, checks=[HTTP, TTL])
    body = wanted.to_api(probed)
    assert [check["Status"] for check in body["Checks"]] == [probed, "critical"]
    waiting = {} if probed == "passing" else {GATE: "waiting"}
    assert body["Meta"] == {"rack": "a", DIGEST: wanted.digest(), INSTANCE: "web", **waiting}
    assert (body["ID"], body["Port"]) == ("web", 80)


def test_what_is_registered_makes_no_change() -> None:
    wanted = registration(port=80, address="10.0.0.1", tags=["b", "a"], checks=[HTTP, TTL])
    assert wanted.changes_from(found(wanted)) == ()


@pytest.mark.parametrize(
    ("options", "differing", "changes"),
    [
        pytest.param({"tags": ["a"]}, {"tags": ("b",)}, [("tags", ["b"], ["a"])], id="tags"),
        pytest.param({"tags": ["a", "b"]}, {"tags": ("b", "a")}, [], id="tags in another order"),
        pytest.param({"port": 80}, {"port": 81}, [("port", 81, 80)], id="port"),
        pytest.param({}, {"port": 81}, [("port", 81, 0)], id="no port"),
        pytest.param({}, {"address": "10.0.0.1"}, [("address", "10.0.0.1", "")], id="no address"),
        pytest.param({}, {"check_ids": ("orphan",)}, [("checks", ["orphan"], [])], id="a check too many"),
        pytest.param(
            {},
            {"digest": "old"},
            [("definition", "of another version of Longshore", "of this version")],
            id="of another version",
        ),
        pytest.param({"port": 80}, {"digest": "old", "port": 81}, [("port", 81, 80)], id="told changes are enough"),
        pytest.param(
            {"tags": ["a"], "enable_tag_override": True}, {"tags": ("b",)}, [], id="tags that others may override"
        ),
        pytest.param(
            {},
            {"enable_tag_override": True},
            [("enable_tag_override", True, False)],
            id="others may no longer override",
        ),
        pytest.param({}, {"name": "old"}, [("name", "old", "web")], id="name"),
        pytest.param({"meta": {"a": "1"}}, {"meta": {"a": "2"}}, [("meta", {"a": "2"}, {"a": "1"})], id="meta"),
        pytest.param({"socket_path": "/a"}, {"socket_path": "/b"}, [("socket_path", "/b", "/a")], id="socket"),
        pytest.param(
            {"weights": {"passing": 5}},
            {"weights": {"Passing": 1, "Warning": 1}},
            [("weights", {"Passing": 1, "Warning": 1}, {"Passing": 5, "Warning": 1})],
            id="weights",
        ),
        pytest.param(
            {"address": "10.0.0.1"},
            {"tagged_addresses": {"lan_ipv4": {"Address": "10.0.0.1", "Port": 0}}},
            [],
            id="an address that Consul adds by itself",
        ),
        pytest.param(
            {},
            {"tagged_addresses": {"wan": {"Address": "192.0.2.1", "Port": 0}}},
            [("tagged_addresses", {"wan": {"Address": "192.0.2.1", "Port": 0}}, {})],
            id="an address by hand",
        ),
    ],
)
def test_changes(options: dict[str, t.Any], differing: dict[str, t.Any], changes: list[tuple[t.Any, ...]]) -> None:
    wanted = registration(options)
    expected = [Change(f"registrations.web.{what}", before, after) for what, before, after in changes]
    assert list(wanted.changes_from(found(wanted, **differing))) == expected


SLOW = {**HTTP, "interval": "30s"}


@pytest.mark.parametrize(
    ("before", "after", "known", "told"),
    [
        pytest.param([SLOW], [HTTP], True, [SLOW], id="another interval"),
        pytest.param([SLOW, TTL], [TTL], True, [SLOW, TTL], id="one fewer"),
        pytest.param([], [HTTP], True, [], id="the first one"),
        pytest.param([*[TTL] * 10, SLOW], [*[TTL] * 10, HTTP], True, [*[TTL] * 10, SLOW], id="in their order"),
        pytest.param([SLOW, TTL], [HTTP, TTL], False, ["another definition", TTL], id="nobody knows the one before"),
    ],
)
def test_changed_checks_are_shown_as_they_were_written(
    before: list[t.Any], after: list[t.Any], known: bool, told: list[t.Any]
) -> None:
    old, new = registration(checks=before), registration(checks=after)
    changes = new.changes_from(found(old), old if known else None)
    assert changes == (Change("registrations.web.checks", told, after),)


def test_missing_registration_is_one_change() -> None:
    assert registration(name="api").changes_from(None) == (Change("registrations.web-api", None, "api"),)


def test_registration_of_somebody_else_is_refused() -> None:
    wanted = registration(port=80)
    with pytest.raises(Failure) as failure:
        wanted.changes_from(found(wanted, instance=""))
    assert str(failure.value) == (
        "Consul's agent on this host has a service with the ID web that is not of Longshore."
        " Deregister it first: consul services deregister -id=web"
    )


def test_registration_of_another_instance_is_refused() -> None:
    wanted = registration(port=80)
    with pytest.raises(Failure, match="a service with the ID web that is of web-2"):
        wanted.changes_from(found(wanted, instance="web-2"))


@pytest.mark.parametrize(
    ("options", "tags", "registered"),
    [
        pytest.param({"enable_tag_override": True}, ("theirs",), ["theirs"], id="others may"),
        pytest.param({"enable_tag_override": True}, (), [], id="others may take them away"),
        pytest.param({}, ("theirs",), ["ours"], id="others may not"),
    ],
)
def test_tags_that_others_override_stay(
    options: dict[str, t.Any], tags: tuple[str, ...], registered: list[str]
) -> None:
    wanted = registration({"tags": ["ours"], **options})
    kept = wanted.keeping_tags(found(wanted, tags=tags))
    assert kept.to_api("passing")["Tags"] == registered
    assert kept.digest() == wanted.digest()
    assert wanted.keeping_tags(None) == wanted


def test_initial_status_is_neither_a_change_nor_another_check() -> None:
    ttl, warning = registration(checks=[TTL]), registration(checks=[{**TTL, "status": "warning"}])
    assert warning.to_api("passing")["Checks"][0]["Status"] == "warning"
    assert warning.changes_from(found(ttl)) == ()


def test_own_container() -> None:
    check = {"args": ["true"], "docker_container_id": "self", "interval": "5s"}
    (made,) = registration(name="admin", checks=[check]).checks
    assert made.to_api()["DockerContainerID"] == "web"


def test_what_is_newer_is_told_by_key() -> None:
    wanted = registration(socket_path="/run/web", checks=[TTL, {"udp": "127.0.0.1:53", "interval": "5s"}])
    assert wanted.newer == {
        "service_registrations[0].socket_path": (1, 10, 2),
        "service_registrations[0].checks[1].udp": (1, 13),
    }
    assert registration(checks=[HTTP, TTL]).newer == {}


@pytest.mark.parametrize(
    ("checks", "ids", "maintenance"),
    [
        pytest.param({}, (), None, id="no checks"),
        pytest.param({"web:0": {"ServiceID": "web"}}, ("web:0",), None, id="its own"),
        pytest.param(
            {"db:0": {"ServiceID": "db"}, "serfHealth": {"ServiceID": ""}}, (), None, id="not those of others"
        ),
        pytest.param(
            {"_service_maintenance:web": {"ServiceID": "web", "Notes": "disk"}},
            (),
            "disk",
            id="maintenance is no check",
        ),
    ],
)
def test_found_registration(checks: dict[str, t.Any], ids: tuple[str, ...], maintenance: str | None) -> None:
    service = {"ID": "web", "Service": "web", "Meta": None, "Tags": None}
    assert FoundRegistration.from_api(service, checks) == FoundRegistration(
        id="web",
        name="web",
        instance="",
        digest="",
        port=0,
        address="",
        tags=(),
        check_ids=ids,
        maintenance=maintenance,
        socket_path="",
        meta={},
        weights={"Passing": 1, "Warning": 1},
        tagged_addresses={},
        enable_tag_override=False,
        passed_gate=True,
    )
