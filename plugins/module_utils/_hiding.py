# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets on their way through Ansible: in one piece to the module, and masked in what people read of its result.

Ansible masks every value of a ``no_log`` option wherever it finds it in a result. A secret such as ``1`` or ``replace``
would then change the very words by which a rollout decides. So the option has all secrets packed into one string that
occurs nowhere else, and only texts for people are masked.
"""

from __future__ import annotations

import base64
import binascii
import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._masking import masked

PACKED = "longshore-secrets:"
# The parts of a result that people read and nothing decides by; all that is nested in them is text too.
TEXTS = ("msg", "logs", "checks", "problems", "warnings", "before", "after", "diff")

Values = t.Mapping[str, t.Any]


def pack(values: Values) -> str:
    """Return all secrets as one string, which a module takes as the value of its option ``secrets``."""
    return PACKED + base64.b64encode(json.dumps(values, default=str).encode()).decode()


def unpack(given: t.Any) -> dict[str, t.Any]:
    """Return the secrets of the option ``secrets``, packed or as a mapping."""
    if isinstance(given, str) and given.startswith(PACKED):
        try:
            given = json.loads(base64.b64decode(given.removeprefix(PACKED), validate=True))
        except (binascii.Error, ValueError) as error:
            raise Failure("secrets: the packed values cannot be read; give a mapping of names to values") from error
    if not isinstance(given, dict):
        # The value itself is not shown, as it may be a secret.
        raise Failure("secrets: expected a mapping of names to values")
    return given


def masking_secrets(story: t.Callable[[], dict[str, t.Any]], values: Values) -> dict[str, t.Any]:
    """Return the story's result, or raise its failure, with the secrets masked in all texts for people."""
    try:
        return t.cast(dict[str, t.Any], _without(story(), dict(values), is_text=False))
    except Failure as failure:
        details = _without(failure.details, dict(values), is_text=False)
        raise Failure(masked(str(failure), dict(values)), **details) from failure


def _without(result: t.Any, values: dict[str, t.Any], is_text: bool) -> t.Any:
    if isinstance(result, dict):
        return {name: _without(value, values, is_text or name in TEXTS) for name, value in result.items()}
    if isinstance(result, (list, tuple)):
        return [_without(value, values, is_text) for value in result]
    return masked(result, values) if is_text and isinstance(result, str) else result
