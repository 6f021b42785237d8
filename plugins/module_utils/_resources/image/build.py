# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One build as Docker gets it, and the tag of what it makes."""

from __future__ import annotations

import functools
import hashlib
import json
import typing as t
from dataclasses import asdict, dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.context import Context


@dataclass(frozen=True)
class Build:
    """``bases`` maps the references of the base images to their digests.

    ``dockerfile`` is a path in the context; ``buildkit`` says why the build needs BuildKit, '' where it does not.
    ``timeout``: the longest that it may take, in seconds.
    """

    context: Context
    dockerfile: str
    bases: dict[str, str]
    buildkit: str
    args: dict[str, str]
    target: str | None
    network: str | None
    timeout: float = 3600

    @functools.cached_property
    def content(self) -> str:
        """Return the content tag, ``c-`` and 16 hex digits: one for the same files, Dockerfile, arguments and bases."""
        counted = {
            "entries": [asdict(entry) for entry in self.context.entries],
            "dockerfile": self.dockerfile,
            "bases": self.bases,
            "args": self.args,
            "target": self.target or "",
        }
        return "c-" + hashlib.sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()[:16]


def build_args(args: dict[str, t.Any]) -> dict[str, str]:
    """Build arguments as Docker takes them: all strings; numbers and booleans are written as YAML writes them."""
    for name, value in args.items():
        if not isinstance(value, (str, int, float)):
            raise Failure(f"args.{name}: {value!r} is not a string, number or boolean")
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in args.items()}
