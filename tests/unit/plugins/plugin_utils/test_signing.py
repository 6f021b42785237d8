# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._signing import (
    SIGNED,
    is_signed,
    refuse_untrusted,
    signature_of,
    signature_of_begun,
    trusted_lines,
    with_signed_previous,
)

KEY = b"0123456789abcdef0123456789abcdef"
RECORD: dict[str, t.Any] = {
    **dict.fromkeys(SIGNED, "x"),
    "id": "r-1",
    "service": "web",
    "image": {"reference": "registry/web@sha256:1", "content": "c-1", "version": "1"},
    "code": None,
    "state": "done",
}
DEPLOYED = {**RECORD, "signature": signature_of(RECORD, KEY, "fleet")}
EVIL = {"reference": "evil:1", "content": "c-1", "version": "1"}


@pytest.mark.parametrize("name", SIGNED)
def test_whatever_a_rollback_uses_is_signed(name: str) -> None:
    assert is_signed(DEPLOYED, KEY, "web", "fleet")
    assert not is_signed({**DEPLOYED, name: "changed"}, KEY, "web", "fleet")


def test_where_a_release_was_promoted_from_is_signed() -> None:
    promoted = {**RECORD, "promoted_from": "r-1 of ../staging/hosts.yml"}
    signed = {**promoted, "signature": signature_of(promoted, KEY, "fleet")}
    assert is_signed(signed, KEY, "web", "fleet")
    assert not is_signed({**signed, "promoted_from": "r-1 of elsewhere"}, KEY, "web", "fleet")
    assert not is_signed({**signed, "promoted_from": ""}, KEY, "web", "fleet")
    assert not is_signed({**DEPLOYED, "promoted_from": "r-1"}, KEY, "web", "fleet")
    assert is_signed({**DEPLOYED, "promoted_from": ""}, KEY, "web", "fleet")


@pytest.mark.parametrize("name", ["state", "hosts", "removed", "set_aside", "ended", "rendered", "session"])
def test_what_later_runs_write_is_not_signed(name: str) -> None:
    assert is_signed({**DEPLOYED, name: "changed"}, KEY, "web", "fleet")


@pytest.mark.parametrize(
    ("record", "key"),
    [
        pytest.param(RECORD, KEY, id="no signature"),
        pytest.param({**RECORD, "signature": ""}, KEY, id="empty"),
        pytest.param({**RECORD, "signature": signature_of(RECORD, b"k" * 32, "fleet")}, KEY, id="by another key"),
        pytest.param(DEPLOYED, None, id="no key here"),
        pytest.param({**RECORD, "signature": "é"}, KEY, id="not hex"),
    ],
)
def test_unsigned_records_are_refused_with_the_ways_out(record: dict[str, t.Any], key: bytes | None) -> None:
    assert not is_signed(record, key, "web", "fleet")
    with pytest.raises(Failure, match=r"release r-1 of web .*registry/web@sha256:1.* --check -e trust_release=r-1"):
        refuse_untrusted(record, key, "web", None)
    with pytest.raises(Failure):
        refuse_untrusted(record, key, "web", "r-2")
    refuse_untrusted(record, key, "web", "r-1")


def test_a_signed_record_of_another_service_is_not_signed_here() -> None:
    assert not is_signed(DEPLOYED, KEY, "database", "fleet")
    assert with_signed_previous({"id": "r-2", "previous": DEPLOYED}, KEY, "database", "fleet")["unsigned"] == "r-1"


def test_a_signed_record_of_another_fleet_is_not_signed_here() -> None:
    assert not is_signed(DEPLOYED, KEY, "web", "staging")
    assert not is_signed({**DEPLOYED, "prefix": "fleet"}, KEY, "web", "staging")
    assert with_signed_previous({"id": "r-2", "previous": DEPLOYED}, KEY, "web", "staging")["unsigned"] == "r-1"


def test_who_trusts_a_record_sees_what_it_runs_and_nothing_that_a_terminal_obeys() -> None:
    code = {"reference": "registry/code@sha256:2", "content": "c", "version": "1"}
    lines = trusted_lines({**RECORD, "code": code, "service_file": "a: 1\nb: \x1b[2Jx\n"})
    assert lines[1:] == [
        "  the image registry/web@sha256:1",
        "  the code registry/code@sha256:2",
        "  this service file:",
        "    a: 1",
        "    b: \\x1b[2Jx",
    ]


def test_what_was_changed_in_the_kv_during_a_rollout_is_not_signed() -> None:
    said = {name: RECORD[name] for name in ("image", "code", "service_file", "who", "where", "commit")}
    stored = {**RECORD, "image": EVIL, "service_file": "{{ lookup('pipe', 'id') }}"}
    signature = signature_of_begun(stored, said, KEY, "fleet")
    assert is_signed({**RECORD, "signature": signature}, KEY, "web", "fleet")
    assert not is_signed({**stored, "signature": signature}, KEY, "web", "fleet")


def test_a_rollout_goes_back_to_what_is_signed_alone() -> None:
    assert with_signed_previous({"id": "r-2", "previous": DEPLOYED}, KEY, "web", "fleet")["previous"] == DEPLOYED
    changed = with_signed_previous({"id": "r-2", "previous": {**DEPLOYED, "image": EVIL}}, KEY, "web", "fleet")
    assert (changed["previous"], changed["unsigned"]) == ({}, "r-1")
    assert with_signed_previous({"id": "r-2", "previous": {}}, KEY, "web", "fleet") == {"id": "r-2", "previous": {}}


def test_a_refusal_shows_nothing_that_a_terminal_or_a_shell_obeys() -> None:
    record = {**RECORD, "id": "r-1; id", "who": "\x1b[2J", "image": {"reference": "web\x1b[2J\nnode1: none"}}
    with pytest.raises(Failure) as failure:
        refuse_untrusted(record, KEY, "web", None)
    assert str(failure.value).isprintable()
    assert "--check -e trust_release='r-1; id'," in str(failure.value)
