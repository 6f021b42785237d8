# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host remembers of a launch, so that it can mend the instance by itself."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, sealed
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.launched import Launched
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing


@contextlib.contextmanager
def remembering(params: dict[str, t.Any], wanted: InstanceSpec) -> t.Iterator[None]:
    """Note what is launched while the steps inside take place, and afterwards what was launched.

    Where they fail, what was launched before holds on; where they are killed, both notes stay. ``params``: the options
    of launch; ``wanted``: their spec, with the digests of the secrets. Nothing is noted by a user who may not.
    """
    if not notes.are_kept() and not wanted.seals_secrets:
        yield
        return
    instance, digests = wanted.container.name, wanted.container.secrets
    note = Launched.from_options(params, digests).to_note()
    if wanted.seals_secrets:
        sealed.write(instance, digests, wanted.secrets)
    notes.write(instance, launching=note)
    with undoing(lambda: _forget_attempt(instance)):
        yield
    notes.write(instance, launched=note, launching={})
    sealed.keep_only(instance, *([digests] if wanted.seals_secrets else []))


def _forget_attempt(instance: str) -> None:
    notes.write(instance, launching={})
    before = Launched.from_note(notes.read(instance).launched)
    sealed.keep_only(instance, *([before.secrets] if before else []))
