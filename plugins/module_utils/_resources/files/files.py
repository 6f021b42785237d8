# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the host that a service reads: rendered on the controller, compared with what is there."""

from __future__ import annotations

import hashlib
import posixpath
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import octal_mode, refuse_doubles
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    command_of,
    is_path,
    refuse_wrong_owners,
)

# Stands in ``validate`` for the new file.
NEW_FILE = "%s"


@dataclass(frozen=True)
class HostFile:
    """An entry of ``service_files``; ``mode`` as in chmod, ``validate`` the words of a command, empty for none."""

    path: str
    content: str
    owner: int
    group: int
    mode: int
    validate: tuple[str, ...]
    on_change: str

    @classmethod
    def from_options(cls, options: dict[str, t.Any], where: str = "service_files[0]") -> HostFile:
        """Return the file of an entry of ``service_files``; ``where`` names the entry in errors."""
        path = options["path"]
        if not is_path(path) or path.endswith("/"):
            raise Failure(f"{where}.path: {path!r} is not an absolute path of a file without .. (example: /srv/a.conf)")
        refuse_wrong_owners(options, where)
        bits = octal_mode(options["mode"], "0644", f"{where}.mode")
        words = command_of(options["validate"], f"{where}.validate") if options["validate"] else ()
        if words and not any(NEW_FILE in word for word in words):
            raise Failure(f"service_files: validate of {path} says nowhere %s, which stands for the new file")
        group = options["owner"] if options["group"] is None else options["group"]
        return cls(path, options["content"], options["owner"], group, bits, words, options["on_change"])

    @property
    def digest(self) -> str:
        """Of the content, owner and mode."""
        return digest_of(self.content.encode(), self.owner, self.group, self.mode)


def host_files(entries: t.Sequence[dict[str, t.Any]], where: str = "service_files") -> tuple[HostFile, ...]:
    """Return all entries of ``service_files``, or of another key; two of one path are refused."""
    files = tuple(HostFile.from_options(entry, f"{where}[{number}]") for number, entry in enumerate(entries))
    refuse_doubles([posixpath.normpath(file.path) for file in files], where)
    return files


def refuse_files_as_folders(files: t.Sequence[str], directories: t.Sequence[str]) -> None:
    """Refuse a file in whose place a directory is made, or another file needs a folder."""
    made = [posixpath.normpath(path) for path in (*directories, *files)]
    for path in map(posixpath.normpath, files):
        inner = next((p for p in made if p.startswith(f"{path}/")), None)
        inner = inner or (path if path in made[: len(directories)] else None)
        if inner:
            raise Failure(
                f"service_files: {path} is a file, and {inner} needs a folder there; correct one of the paths"
            )


def digest_of(content: bytes, owner: int, group: int, mode: int) -> str:
    """Return what two files share where nobody could tell them apart."""
    return hashlib.sha256(f"{owner} {group} {mode:o}\n".encode() + content).hexdigest()[:12]


def file_changes(
    wanted: t.Iterable[HostFile], there: t.Mapping[str, str], loaded: t.Mapping[str, str]
) -> dict[str, tuple[Change, ...]]:
    """Return files that differ from the host's (``there``: path -> digest), or are not loaded yet; by on_change."""
    found: dict[str, tuple[Change, ...]] = {}
    for file in wanted:
        known = there.get(file.path) if file.on_change == "none" else loaded.get(file.path)
        before = there.get(file.path) if there.get(file.path) != file.digest else known
        if before != file.digest:
            change = Change(f"files.{file.path}", before, file.digest)
            found[file.on_change] = (*found.get(file.on_change, ()), change)
    return found
