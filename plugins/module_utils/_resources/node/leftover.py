# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance whose service has no file any more, with all that it has on its host."""

from __future__ import annotations

import re
import typing as t
from dataclasses import asdict, dataclass

# Volumes without a name of their own go with their container.
ANONYMOUS = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Leftover:
    """``noted``: whether Consul's KV has a note of it below this fleet's prefix; another fleet's has none there."""

    service: str
    instance: str
    noted: bool
    containers: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()

    @classmethod
    def from_inspects(cls, service: str, instance: str, noted: bool, answers: t.Sequence[dict[str, t.Any]]) -> Leftover:
        """Return the leftover of the engine's answers to ``inspect`` for its containers."""
        mounts = [mount for answer in answers for mount in answer.get("Mounts") or ()]
        volumes = [m["Name"] for m in mounts if m.get("Type") == "volume" and not ANONYMOUS.fullmatch(m["Name"])]
        return cls(
            service=service,
            instance=instance,
            noted=noted,
            containers=tuple(answer["Name"].lstrip("/") for answer in answers),
            images=tuple(dict.fromkeys(answer["Config"]["Image"] for answer in answers)),
            volumes=tuple(dict.fromkeys(volumes)),
        )

    def to_result(self) -> dict[str, t.Any]:
        """Return it as a module's result has it."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}
