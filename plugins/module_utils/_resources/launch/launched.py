# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A launch as its host remembers it, so that the host can mend the instance with no controller there."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec

Options = dict[str, t.Any]


@dataclass(frozen=True)
class Launched:
    """The options of a launch by their own names; ``secrets``: name -> digest by the host's key, never a value.

    ``prefix``: where the service's lock and records lie in the KV.
    """

    service: str
    prefix: str
    image: Options
    code: Options | None
    wanted: Options
    secrets: dict[str, str]

    @classmethod
    def from_options(cls, params: Options, digests: dict[str, str]) -> Launched:
        """Return the launch of the options of the module ``launch``; ``digests`` are those of its secrets."""
        return cls(
            service=params["service"] or params["name"],
            prefix=(params["release"] or {}).get("prefix", "longshore"),
            image=params["image"],
            code=params["code"],
            wanted=params["wanted"],
            secrets=digests,
        )

    @classmethod
    def from_note(cls, note: Options) -> Launched | None:
        """Return the launch of a note; None where there is none, or one of another version that has other keys."""
        return cls(**note) if note.keys() == cls.__dataclass_fields__.keys() else None

    def to_note(self) -> Options:
        """Return it as JSON has it."""
        return asdict(self)

    def spec(self, instance: str, secrets: Options) -> InstanceSpec:
        """Return what the instance was to be; ``secrets``: name -> value, as far as they can be had."""
        options = {"name": instance, "service": self.service, "image": self.image, "code": self.code}
        return InstanceSpec.from_options({**options, "wanted": self.wanted, "secrets": secrets}, self.secrets)
