# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was last wanted of a container: its labels say it, until a launch changes limits or registrations alone.

Labels can't be changed, so that is noted on the host, by the container's ID.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec


def last_applied(found: FoundContainer, instance: str) -> FoundContainer:
    """Return the container with what was noted since it was made, in the place of what its labels say."""
    return replace(found, **notes.read(instance).applied.get(found.id, {}))


def note_options(wanted: InstanceSpec, found: ObservedInstance, container: str, options: dict[str, t.Any]) -> None:
    """Note, before limits are changed, that these options are wanted of the container now."""
    _note(wanted, found, container, {"wanted": options})


def note_registrations(wanted: InstanceSpec, found: ObservedInstance, container: str) -> None:
    """Note, before they are registered, that these registrations are wanted of the container now."""
    _note(wanted, found, container, {"registrations": wanted.container.registrations})


def note_reload(wanted: InstanceSpec, found: ObservedInstance, container: str) -> None:
    """Note that these settings of a reload are wanted of the container now."""
    _note(wanted, found, container, {"reload": wanted.container.reload})


def _note(wanted: InstanceSpec, found: ObservedInstance, container: str, what: dict[str, t.Any]) -> None:
    """Note what was applied to a container; the notes of others that are there stay, as one may have to come back."""
    instance = wanted.container.name
    there = {container, *(c.id for c in (found.current, *found.leftovers) if c)}
    kept = {i: note for i, note in notes.read(instance).applied.items() if i in there}
    notes.write(instance, applied={**kept, container: {**kept.get(container, {}), **what}})
