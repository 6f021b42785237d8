# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of release records: whoever may write to Consul's KV must not decide what a rollback runs."""

from __future__ import annotations

import hashlib
import hmac
import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable, shell_word

Record = dict[str, t.Any]

# All of a record that a rollback runs, and who released it. Signed as well is the prefix that the record lies below,
# which tells two fleets of one key apart. Left out is what hosts and later rollouts write: state, session, ended,
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
# Signed where a record has it: most have none.
SIGNED_IF_THERE = ("promoted_from",)
# What the controller that rolls a release has said itself, whatever stands in the KV by now.
SAID = ("image", "code", "service_file", "who", "where", "commit")


def signature_of(record: Record, key: bytes, prefix: str) -> str:
    """Return the HMAC-SHA256 of a record, as hex. ``record``: as the module ``release`` returns it.

    ``prefix``: ``service_prefix``, without slashes around it.
    """
    there = {name: record[name] for name in SIGNED_IF_THERE if record.get(name)}
    text = json.dumps({**{name: record.get(name) for name in SIGNED}, **there, "prefix": prefix}, sort_keys=True)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def is_signed(record: Record, key: bytes | None, service: str, prefix: str) -> bool:
    """Tell whether a record has a valid signature as a release of that service of that fleet; without a key none has.

    A record of another service, or of the same one in another fleet, copied below this one, is not this service's.
    """
    if key is None or not record.get("signature") or record.get("service") != service:
        return False
    return hmac.compare_digest(signature_of(record, key, prefix).encode(), str(record["signature"]).encode())


def signature_of_begun(record: Record, said: Record, key: bytes, prefix: str) -> str:
    """Return the signature of the release that a rollout has begun.

    ``record``: what the module ``release`` returned; ``said``: its option ``begin``, which wins where both say it.
    """
    return signature_of({**record, **{name: said[name] for name in SAID}}, key, prefix)


def refuse_untrusted(record: Record, key: bytes | None, service: str, trusted: str | None) -> None:
    """Refuse to roll an unsigned record, unless it is the one that the user trusts by its ID."""
    if trusted == record["id"]:
        return
    why = f"has no valid signature as a release of {service}" if key else "cannot be checked without a fleet key"
    identity, reference = printable(record["id"]), printable(str(record["image"].get("reference")))
    raise Failure(
        f"The record of release {identity} of {service} {why}, so anybody who may write to Consul's KV may have"
        f" written it. It would run the image {reference}, released by {record['who']!r} on"
        f" {record['where']!r}. Deploy what you want to run; or bring the fleet key of the controller that released it"
        " (fleet.key beside its inventory, or the variable fleet_key); or look at what it would run, with --check -e"
        f" trust_release={shell_word(record['id'])}, and where you know all of it, run the same without --check."
        " Nothing was touched."
    )


def trusted_lines(record: Record) -> list[str]:
    """Return what an unsigned record that the user trusts is going to run, for people to read."""
    code = (record.get("code") or {}).get("reference")
    lines = [
        f"Release {record['id']} has no valid signature and is trusted by trust_release. It runs",
        f"  the image {record['image'].get('reference')}",
        *([f"  the code {code}"] if code else []),
        "  this service file:",
        *(f"    {line}" for line in record["service_file"].splitlines()),
    ]
    return [printable(line) for line in lines]


def with_signed_previous(begun: Record, key: bytes | None, service: str, prefix: str) -> Record:
    """Return what a rollout has begun, without the release before where that one has no valid signature."""
    previous = begun.get("previous")
    if not previous or is_signed(previous, key, service, prefix):
        return begun
    return {**begun, "previous": {}, "unsigned": previous["id"]}
