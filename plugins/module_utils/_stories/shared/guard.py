# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance's turn. Outside of a rollout there is nobody to ask and nobody to tell."""

from __future__ import annotations

import contextlib
import typing as t


class Guard:
    """Outside of a rollout: nobody to ask, nobody to tell, and no image that is known to be too old."""

    keep_images: t.Sequence[str] = ()

    @contextlib.contextmanager
    def taken(self, _action: str) -> t.Iterator[None]:
        """Around all steps of a launch."""
        yield

    @contextlib.contextmanager
    def waiting(self) -> t.Iterator[None]:
        """Around a preflight under the lock, which may take long and takes nothing away."""
        yield

    def step(self, doing: str, limit: float | None = None) -> None:
        """Before each step: tells what is being done, for at most ``limit`` seconds; fails where the lock is lost."""

    def refuse_too_few(self, names: t.Iterable[str]) -> None:
        """Before an instance is taken out: fails where too few others of these registrations would be passing."""
