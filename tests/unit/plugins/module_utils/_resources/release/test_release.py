# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import re
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import (
    KEPT,
    Release,
    content_of,
    kept_images,
    new_id,
    ordered,
    superfluous,
    target_of,
)
from tests.unit.builders import IMAGE, record


def test_record_and_back() -> None:
    before = record("r-1", hosts={"n1": {"result": "done"}})
    entry = {"Key": "web/releases/r-1", "Value": base64.b64encode(before.to_value()).decode(), "CreateIndex": 7}
    after = Release.from_entry(entry)
    assert (after, after.index) == (before, 7)


def test_told_without_the_configuration() -> None:
    assert {"config", "index"}.isdisjoint(record("r-1").to_result())


def test_record_that_consul_does_not_take() -> None:
    with pytest.raises(Failure, match=r"takes \d+ bytes, and Consul takes 368640.* fewer prefixes"):
        record("r-1", config=[["longshore/config/web/large", "x" * 600_000, 0]]).to_value()


def test_configuration_as_it_was() -> None:
    trees = record("r-1").get_trees(["longshore/config/web/", "longshore/config/common/"])
    assert [[entry["Key"] for entry in tree] for tree in trees] == [["longshore/config/web/heap"], []]


@pytest.mark.parametrize(
    ("rendered", "back_to", "same"),
    [
        pytest.param({"n1": "a"}, "", True, id="alike"),
        pytest.param({"n1": "b"}, "", False, id="a variable of the inventory has changed"),
        pytest.param({"n1": "a", "n2": "b"}, "", True, id="a host has come"),
        pytest.param({}, "", True, id="a host has gone"),
        pytest.param({"n1": "a"}, "r-0", False, id="a rollback"),
    ],
)
def test_same_release(rendered: dict[str, str], back_to: str, same: bool) -> None:
    assert record("r-1", rendered={"n1": "a"}).is_same(record("", rendered=rendered, back_to=back_to)) is same


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        pytest.param({}, True, id="nothing"),
        pytest.param({"image": {**IMAGE, "reference": "r", "version": "2"}}, True, id="what the image is called"),
        pytest.param({"image": {**IMAGE, "content": "c-2"}}, False, id="image"),
        pytest.param({"image": {**IMAGE, "sidecars": {"nginx": {"content": "d"}}}}, False, id="image of a sidecar"),
        pytest.param({"code": {"content": "d"}}, False, id="code"),
        pytest.param({"config": [["a", "Mg==", 0]]}, False, id="configuration"),
        pytest.param({"config": [["b", "", 0], ["a", "MQ==", 0]]}, True, id="order of the configuration"),
    ],
)
def test_content(changes: dict[str, t.Any], same: bool) -> None:
    one: dict[str, t.Any] = {
        "image": IMAGE,
        "code": None,
        "config": [["a", "MQ==", 0], ["b", "", 0]],
    }
    assert (content_of(**one) == content_of(**{**one, **changes})) is same


def test_id_tells_when() -> None:
    first = new_id("2026-11-21T10:00:05Z", "abcdef0123", "service_hosts: web")
    assert re.fullmatch(r"20261121T100005Z-[0-9a-f]{6}", first)
    assert first != new_id("2026-11-21T10:00:05Z", "abcdef0123", "service_hosts: db")


def test_order_is_that_of_consul() -> None:
    assert [r.id for r in ordered([record("late", 3), record("early", 1), record("between", 2)])] == [
        "late",
        "between",
        "early",
    ]


def test_images_that_stay() -> None:
    def of(image: str, state: str = "done") -> Release:
        return record(image, image={"reference": image}, state=state)

    releases = [of("e", "rolling"), of("d", "failed"), of("c"), of("b"), of("a")]
    assert kept_images(releases, 2, always=()) == ["c", "b"]
    assert kept_images(releases, 3, always=("e", "d")) == ["e", "d", "c"]
    assert kept_images(releases, 1, always=("e", "d")) == ["e", "d"]
    with_sidecar = record("f", image={"reference": "f", "sidecars": {"nginx": {"reference": "n"}}})
    assert kept_images([with_sidecar], 1, always=()) == ["f", "n"]
    assert kept_images(releases, 2, always=("e", "")) == ["e", "c"]
    assert kept_images([of("b"), of("b"), of("a")], 3, always=()) == ["b", "a"]


def test_records_that_go() -> None:
    releases = [record(str(number)) for number in range(KEPT + 3)]
    assert [r.id for r in superfluous(releases, "21")] == ["20", "22"]


@pytest.mark.parametrize(
    ("current", "wanted", "target"),
    [
        pytest.param("r-3", "", "r-2", id="the one before"),
        pytest.param("r-3", "r-1", "r-1", id="the one named"),
    ],
)
def test_target_of_a_rollback(current: str, wanted: str, target: str) -> None:
    releases = [record("r-3", previous="r-2"), record("r-2", previous="r-1"), record("r-1")]
    assert target_of(releases, current, wanted).id == target


@pytest.mark.parametrize(
    ("state", "target"),
    [
        ("held", "r-2"),
        ("failed", "r-2"),
        ("rolling", "r-2"),
        pytest.param("rolled back", "r-1", id="all are on the current one again"),
        pytest.param("done", "r-1", id="removed, and its records stayed"),
    ],
)
def test_target_of_a_rollback_while_another_release_is_under_way(state: str, target: str) -> None:
    releases = [record("r-3", state=state, previous="r-2"), record("r-2", previous="r-1"), record("r-1")]
    assert target_of(releases, "r-2", "").id == target


def test_record_of_another_version() -> None:
    whole = record("r-1").to_value().replace(b'"id":', b'"novelty": 1, "id":')
    assert Release.from_entry(entry_of(whole)) == record("r-1")


def entry_of(value: bytes) -> dict[str, t.Any]:
    return {"Key": "web/releases/r-1", "CreateIndex": 1, "Value": base64.b64encode(value).decode()}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param(b"\xff\xfe", "it is not JSON text", id="bytes that are no text"),
        pytest.param(b"", "it is not JSON text", id="empty"),
        pytest.param(b"{", "it is not JSON text", id="half"),
        pytest.param(b"[]", "expected a mapping, got list", id="list"),
        pytest.param(b"3", "expected a mapping, got int", id="number"),
        pytest.param(b'{"id": "r-1"}', "service, content, image, .* is missing", id="keys missing"),
        pytest.param(None, "image has the wrong type", id="no image"),
        pytest.param(("hosts", []), "hosts has the wrong type", id="hosts"),
        pytest.param(("hosts", {"n1": "done"}), "hosts is not a mapping of hosts", id="results"),
        pytest.param(("hosts", {"n1": {"node": ["n1"]}}), "hosts is not a mapping of hosts", id="node of a result"),
        pytest.param(("hosts", {"n1": {"result": {}}}), "hosts is not a mapping of hosts", id="result of a host"),
        pytest.param(("set_aside", [1]), "set_aside has entries that are not texts", id="hosts set aside"),
        pytest.param(("rendered", {"n1": []}), "rendered has entries that are not texts", id="renderings"),
        pytest.param(("id", "r-2"), "its id is 'r-2', which belongs to another key", id="another's record"),
        pytest.param(("service", "db"), "it is a record of the service 'db'", id="another service's record"),
        pytest.param(b"[" * 100000, "nested too deeply", id="nested without an end"),
        pytest.param(("who", "\ud800"), "it is not JSON text: .*surrogates not allowed", id="half of a surrogate pair"),
        pytest.param(("image", {"reference": "web:1"}), "image is not a mapping of texts", id="no content"),
        pytest.param(("code", {"content": "c", "version": []}), "code is not a mapping of texts", id="code"),
        pytest.param(("image", {"content": "c", "sidecars": {"a": {}}}), "image is not a mapping", id="a sidecar's"),
        pytest.param(("image", {"content": "c", "sidecars": ["a"]}), "image is not a mapping", id="sidecars"),
        pytest.param(("config", [["key", "dmFsdWU="]]), "config is not a list of", id="configuration"),
        pytest.param(("started", 12), "started has the wrong type", id="time"),
    ],
)
def test_record_that_somebody_has_spoilt(value: t.Any, says: str) -> None:
    if not isinstance(value, bytes):
        name, wrong = value or ("image", None)
        value = json.dumps({**json.loads(record("r-1").to_value()), name: wrong}).encode()
    with pytest.raises(Failure, match=f"Consul KV: web/releases/r-1 is not a valid release record: .*{says}.*delete"):
        Release.from_entry(entry_of(value))


def test_configuration_is_told_from_any_other() -> None:
    same = record("r-1", config=[["b", "Mg==", 0], ["a", "MQ==", 0]]).config_digest
    assert same == record("r-2", config=[["a", "MQ==", 0], ["b", "Mg==", 0]]).config_digest
    assert same != record("r-1", config=[["a", "MQ==", 0], ["b", "Mw==", 0]]).config_digest


@pytest.mark.parametrize(
    ("current", "wanted", "says"),
    [
        pytest.param("r-1", "r-9", "no release r-9. There are: r-2, r-1", id="unknown"),
        pytest.param("r-1", "", "^Before the current release, r-1, none is recorded. Say where to", id="none before"),
        pytest.param("r-2", "", "^The current release, r-2, is a rollback to r-1, before which none", id="went there"),
        pytest.param("", "", "^No release is current. Say where to", id="none at all"),
    ],
)
def test_rollback_to_nowhere(current: str, wanted: str, says: str) -> None:
    with pytest.raises(Failure, match=says):
        target_of([record("r-2", back_to="r-1"), record("r-1")], current, wanted)


def test_rollback_after_a_removal() -> None:
    with pytest.raises(Failure, match=r"^No release is current: it was removed at ten by anna. Say where to"):
        target_of([record("r-1", removed="at ten by anna")], "", "")


def test_what_was_removed_is_not_gone_on_with() -> None:
    assert not record("r-1", removed="at ten by anna").is_same(record(""))


@pytest.mark.parametrize(
    ("state", "holder", "interrupted"),
    [("rolling", "s-1", False), ("rolling", "", True), ("rolling", "s-2", True), ("done", "", False)],
)
def test_interrupted(state: str, holder: str, interrupted: bool) -> None:
    assert record("r", state=state, session="s-1").interrupted(holder) is interrupted


def test_keys() -> None:
    keys = Keys("longshore", "web")
    assert [keys.current, keys.release("r"), keys.node("n", "web"), keys.once("r", "migrate")] == [
        "longshore/services/web/current",
        "longshore/services/web/releases/r",
        "longshore/services/web/nodes/n/web",
        "longshore/services/web/once/r/migrate",
    ]
