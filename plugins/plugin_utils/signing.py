# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of release records: whoever may write to Consul's KV must not decide what a rollback runs."""

from __future__ import annotations

import hashlib
import hmac
import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure

Record = dict[str, t.Any]

# All that a rollback runs, and who released it. Left out is what hosts and later rollouts write: state, session, ended,
# hosts, rendered, set_aside, removed.
SIGNED = (
    "id",
    "service",
    "content",
    "image",
    "code",
    "service_file",
    "config_digest",
    "who",
    "where",
    "started",
    "commit",
    "previous",
    "back_to",
)
# What the controller that rolls a release has said itself, whatever stands in the KV by now.
SAID = ("image", "code", "service_file", "who", "where")


def signature_of(record: Record, key: bytes) -> str:
    """Return the HMAC-SHA256 of a record, as hex. ``record``: as the module ``release`` returns it."""
    text = json.dumps({name: record.get(name) for name in SIGNED}, sort_keys=True)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def is_signed(record: Record, key: bytes | None) -> bool:
    """Tell whether a record has a valid signature; without a key none has."""
    if key is None or not record.get("signature"):
        return False
    return hmac.compare_digest(signature_of(record, key).encode(), str(record["signature"]).encode())


def signature_of_begun(record: Record, said: Record, key: bytes) -> str:
    """Return the signature of the release that a rollout has begun.

    ``record``: what the module ``release`` returned; ``said``: its option ``begin``, which wins where both say it.
    """
    return signature_of({**record, **{name: said[name] for name in SAID}}, key)


def refuse_unsigned(record: Record, key: bytes | None, trusted: str | None) -> None:
    """Refuse to roll a record that has no valid signature; ``trusted``: the ID of one that is rolled all the same."""
    if is_signed(record, key) or trusted == record["id"]:
        return
    why = "has no valid signature" if key else "cannot be checked, as this controller has no fleet key"
    raise Failure(
        f"The record of release {record['id']} of {record['service']} {why}, so anybody who may write to Consul's KV"
        f" may have written it. It would run the image {record['image'].get('reference')}, released by"
        f" {record['who']!r} on {record['where']!r}. Deploy what you want to run; or bring the fleet key of the"
        " controller that released it (fleet.key beside its inventory, or the variable fleet_key); or, where you know"
        f" the record, add -e trust_release={record['id']}. Nothing was touched."
    )


def with_signed_previous(begun: Record, key: bytes | None) -> Record:
    """Return what a rollout has begun, without the release before where that one has no valid signature."""
    previous = begun.get("previous")
    return {**begun, "previous": {}, "unsigned": previous["id"]} if previous and not is_signed(previous, key) else begun
