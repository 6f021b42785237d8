# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each step of a launch asks first. Outside of a rollout there is nobody to ask."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action


class Guard:
    """The guard outside of a rollout: it refuses nothing, writes no notes, and knows of no image that is too old."""

    keep_images: t.Sequence[str] = ()

    @contextlib.contextmanager
    def taken(self, _action: Action) -> t.Iterator[None]:
        """Hold the lock around all steps of a launch."""
        yield

    @contextlib.contextmanager
    def waiting(self) -> t.Iterator[None]:
        """Hold the lock around a preflight, which may take long and takes nothing away."""
        yield

    def step(self, doing: str, limit: float | None = None) -> None:
        """Note what is being done, for at most ``limit`` seconds; ``Failure`` where the lock is lost."""

    def forget(self, instance: str) -> None:
        """Remove the notes of an instance of this host that is gone."""

    def refuse_too_few(self, names: t.Iterable[str]) -> None:
        """Raise ``Failure`` where too few others of these registrations would be passing without this instance."""
