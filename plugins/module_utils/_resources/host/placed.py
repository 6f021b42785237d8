# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders of a host as the roles want them, compared with what is there."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import octal_mode

FILE, DIRECTORY, MISSING, OTHER = "file", "directory", "missing", "other"
# Stands in ``validate`` for the new file.
NEW_FILE = "%s"


@dataclass(frozen=True)
class Seen:
    """What is in a place: its kind, and where it is a file or a folder, the rest."""

    kind: str
    content: bytes = b""
    owner: int = 0
    group: int = 0
    mode: int = 0


@dataclass(frozen=True)
class Placed:
    """A file or a folder as it is wanted; owner and group None: there is no such user yet."""

    path: str
    kind: str
    content: bytes
    owner: int | None
    group: int | None
    mode: int
    force: bool
    validate: tuple[str, ...]

    @classmethod
    def from_options(
        cls, options: dict[str, t.Any], ids: t.Callable[[str, str], tuple[int | None, int | None]]
    ) -> Placed:
        """Return the entry; ``ids`` gives the numbers of an owner and a group."""
        path, kind, content = options["path"], options["state"], options["content"]
        if not path.startswith("/"):
            raise Failure(f"files: {path} is not an absolute path (example: /etc/app/app.conf)")
        if kind == FILE and content is None:
            raise Failure(f"files: {path} has no content; give it, or set state to directory")
        validate = tuple(options["validate"])
        if validate and not any(NEW_FILE in word for word in validate):
            raise Failure(f"files: validate of {path} says nowhere {NEW_FILE}, which stands for the new file")
        mode = octal_mode(options["mode"], "0644", f"files: mode of {path}")
        owner, group = ids(options["owner"], options["group"])
        return cls(path, kind, (content or "").encode(), owner, group, mode, options["force"], validate)

    def difference(self, seen: Seen) -> tuple[str, ...]:
        """Return what differs: ``state``, ``content``, ``owner``, ``group``, ``mode``; empty where nothing does."""
        if seen.kind not in (self.kind, MISSING, OTHER) or (seen.kind == OTHER and self.kind == DIRECTORY):
            raise Failure(f"{self.path} is to be a {self.kind}, and is none; look what made it, and remove it")
        if seen.kind != self.kind:
            return ("state",)
        pairs = {"owner": (self.owner, seen.owner), "group": (self.group, seen.group), "mode": (self.mode, seen.mode)}
        changed = [name for name, (wanted, found) in pairs.items() if wanted != found]
        if self.kind == FILE and self.force and self.content != seen.content:
            changed.insert(0, "content")
        return tuple(changed)
