# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance is brought to: an image and code, and the release that they are of."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Result = dict[str, t.Any]
FIELDS = ("reference", "content", "version")


@dataclass(frozen=True)
class Target:
    """``release``: the ID; empty before a rollout has begun. ``code``: None where the service has none of its own."""

    image: Result
    code: Result | None
    release: str = ""
    config_digest: str = ""

    @classmethod
    def from_record(cls, record: Result) -> Target:
        """From a record, what a rollout has begun, or ``image`` and ``code`` as they were found."""
        code = record.get("code") or {}
        return cls(
            image=_with_sidecars(record["image"]),
            code=_reference(code) if code.get("content") else None,
            release=record.get("id", ""),
            config_digest=record.get("config_digest") or "",
        )


def _with_sidecars(image: Result) -> Result:
    """Return an image, with those of the sidecars by their names where there are any."""
    sidecars = {name: _reference(found) for name, found in (image.get("sidecars") or {}).items()}
    return {**_reference(image), **({"sidecars": sidecars} if sidecars else {})}


def _reference(artefact: Result) -> Result:
    return {name: artefact.get(name) for name in FIELDS}
