# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host remembers of an instance and its container can't tell: one JSON file for each instance."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import typing as t
from dataclasses import asdict, dataclass, field, fields, replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.own_files import nearest_folder, replace_file
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

Note = dict[str, t.Any]

# In a folder that is root's alone.
MODE = 0o644
# Locks of processes that are at work; in memory, as no process outlives a reboot.
RUNNING = "/run/longshore/instances"
# Seconds for another process of this host, such as a repair, to end its work on an instance.
AT_WORK = 600.0


@dataclass(frozen=True)
class Notes:
    """The notes on one instance; each is empty where there is nothing to note."""

    # What the container was last proved to have loaded, of code and of files.
    loaded: Note = field(default_factory=dict)
    # By container ID, what a launch has changed of a container since it was made: labels cannot be changed.
    applied: Note = field(default_factory=dict)
    # The instance was taken out under its gate's conditions, and those of ``after`` were not met since.
    owed: Note = field(default_factory=dict)
    # The last launch that came to its end, and the one that is at work or was killed.
    launched: Note = field(default_factory=dict)
    launching: Note = field(default_factory=dict)
    # ``reason``: of a drain, which only its end takes away.
    drained: Note = field(default_factory=dict)


def read(instance: str) -> Notes:
    """Return the notes on an instance; all empty where there is no file, or none that can be read, as half of one.

    What another version of Longshore has added is not read.
    """
    # Bytes that are no text, and text that is no JSON, are a ValueError.
    with contextlib.suppress(FileNotFoundError, ValueError, RecursionError):
        with open(_path(instance), encoding="utf-8") as file:
            found = json.load(file)
        known = [note.name for note in fields(Notes)]
        if isinstance(found, dict) and all(isinstance(found.get(name, {}), dict) for name in known):
            return Notes(**{name: found[name] for name in known if name in found})
    return Notes()


def write(instance: str, **notes: Note) -> None:
    """Replace the named notes in one step; the others stay. A file without any note is removed."""
    changed = replace(read(instance), **notes)
    if changed == Notes():
        forget(instance)
        return
    path = _path(instance)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    replace_file(path, json.dumps(asdict(changed)).encode(), MODE)


def forget_launches(instance: str) -> None:
    """Remove all notes on what an instance was; one that is drained stays so, whatever is launched next."""
    write(instance, **{note.name: {} for note in fields(Notes) if note.name != "drained"})


def forget(instance: str) -> None:
    """Remove all notes on an instance that is gone."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path(instance))


def are_kept() -> bool:
    """Return whether this user may keep notes; one who may use Docker and is not root may launch without them."""
    return _can_be_made(secrets.STATE)


def _can_be_made(folder: str) -> bool:
    """Return whether this user may write to the folder, or to the nearest one above it that is there."""
    return os.access(nearest_folder(folder), os.W_OK)


def instances() -> list[str]:
    """Return the instances that there are notes on, sorted."""
    with contextlib.suppress(FileNotFoundError):
        names = os.listdir(f"{secrets.STATE}/instances")
        return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))
    return []


class AtWorkError(Failure):
    """Somebody else is at work on the instance."""


@contextlib.contextmanager
def exclusively(instance: str, wait: float) -> t.Iterator[bool]:
    """Work on an instance as the only process of this host; yields whether another one had to be waited for.

    ``AtWorkError`` where that one works on for ``wait`` seconds. The lock ends with the process, however that ends. A
    user who may not make it works without.
    """
    if not _can_be_made(RUNNING):
        yield False
        return
    os.makedirs(RUNNING, mode=0o700, exist_ok=True)
    with open(f"{RUNNING}/{instance}.lock", "w", encoding="utf-8") as file:

        def is_taken() -> bool:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            return False

        has_waited = not is_taken()
        if has_waited and not Deadline(wait).wait_for(is_taken):
            raise AtWorkError(f"Another process on this host is at work on {instance}. Run again when it has ended.")
        yield has_waited


def _path(instance: str) -> str:
    return f"{secrets.STATE}/instances/{instance}.json"
