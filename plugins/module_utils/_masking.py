# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in texts for people: masked whole, line by line, and as JSON writes them."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Characters of a value, and of one line of a value, from which on they are masked in texts.
SHORTEST, SHORTEST_LINE = 4, 6


def masked(text: str, values: dict[str, t.Any]) -> str:
    """Return the text without the values, their lines, and what JSON makes of both.

    A value below four characters stays: it occurs in any text, and masking it would only make the text unreadable.
    """
    forms = {form for entry in values.items() for form in _forms(secret_text(*entry))}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "********")
    return text


def _forms(value: str) -> t.Iterator[str]:
    """Return all forms in which a value of some length may stand in what a container writes."""
    lines = [line.strip() for line in value.splitlines()]
    for piece in (value, value.strip(), *(line for line in lines if len(line) >= SHORTEST_LINE)):
        if len(piece) >= SHORTEST:
            yield from (piece, json.dumps(piece)[1:-1], json.dumps(piece, ensure_ascii=False)[1:-1])


def secret_text(name: str, value: t.Any) -> str:
    """Return a secret as text, true and false as YAML writes them; refuse what is not a single value."""
    if value is None or isinstance(value, (dict, list)):
        kind = "nothing" if value is None else "a mapping" if isinstance(value, dict) else "a list"
        raise Failure(f"service_secrets.{name}: expected a text, got {kind}. Give its value, or remove the name.")
    return str(value).lower() if isinstance(value, bool) else str(value)
