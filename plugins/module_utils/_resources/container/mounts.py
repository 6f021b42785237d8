# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is mounted into a container: ``volumes``, ``mounts`` and ``tmpfs``, in every notation that the SDK takes."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import as_text

Options = dict[str, t.Any]
NOTATIONS = ("volumes", "mounts", "tmpfs")
# Kinds of propagation by which a container sees mounts that come later.
PROPAGATED = ("shared", "rshared", "slave", "rslave")


class Mount(t.NamedTuple):
    """One of them. ``entry``: its number in the option's list, or its key; ``source``: a path of the host, or empty."""

    option: str
    entry: int | str
    target: str
    source: str = ""
    modes: tuple[str, ...] = ()  # ro, rslave; of a tmpfs size=64m

    @property
    def key(self) -> str:
        """Where it stands in ``service_container``."""
        return f"{self.option}[{self.entry}]" if isinstance(self.entry, int) else f"{self.option}.{self.entry}"

    @property
    def read_only(self) -> bool:
        """Whether the container may not write there."""
        return "ro" in self.modes

    @property
    def propagation(self) -> str:
        """How the container sees mounts that come later below the source; empty where it sees none."""
        return next((mode for mode in self.modes if mode in PROPAGATED), "")

    @property
    def sees_later_mounts(self) -> bool:
        """Whether the container sees what is mounted below the source after its start."""
        return bool(self.propagation)


def mounts_of(options: Options) -> list[Mount]:
    """Return all that a container's options mount into it."""
    readers = {"volumes": _volume, "mounts": _mount, "tmpfs": _tmpfs}
    return [readers[name](entry, value) for name in NOTATIONS for entry, value in _entries(options.get(name))]


def binds(options: Options) -> list[Mount]:
    """Return what the options mount of the host; volumes with a name are Docker's own."""
    return [mount for mount in mounts_of(options) if mount.source]


def mount_targets(options: Options) -> list[str]:
    """Return paths in the container over which something is mounted: the image's own content there is not seen."""
    return [mount.target for mount in mounts_of(options)]


def lies_in(path: str, folders: t.Iterable[str]) -> bool:
    """Return whether a path is one of these, or lies below one of them."""
    return any(f"{path}/".startswith(f"{folder.rstrip('/')}/") for folder in folders)


def covering(path: str, folders: t.Iterable[str]) -> str:
    """Return the nearest of these folders in which a path lies, or that it is; empty for none."""
    return max((folder for folder in folders if lies_in(path, [folder])), key=len, default="")


def is_mounted(path: str, options: Options) -> bool:
    """Return whether a container of these options has a folder or file of the host in which the path lies."""
    return lies_in(path, [mount.source for mount in binds(options)])


def place_of(path: str, options: Options) -> str:
    """Return where a container has a file of the host: below what is mounted, else under the same path."""
    around = [mount for mount in binds(options) if lies_in(path, [mount.source])]
    if not around:
        return path
    nearest = max(around, key=lambda mount: len(mount.source))
    return f"{nearest.target.rstrip('/')}{path[len(nearest.source.rstrip('/')) :]}"


def without_mounts_at(places: t.Collection[str], options: Options) -> Options:
    """Return the options without what is mounted at exactly these places of the container."""
    gone = {(mount.option, mount.entry) for mount in mounts_of(options) if mount.target in places}

    def kept(name: str) -> t.Any:
        entries = [(entry, value) for entry, value in _entries(options[name]) if (name, entry) not in gone]
        return dict(entries) if isinstance(options[name], dict) else [value for _entry, value in entries]

    return {**options, **{name: kept(name) for name in NOTATIONS if name in options}}


def _entries(value: t.Any) -> list[tuple[t.Any, t.Any]]:
    return list(value.items() if isinstance(value, dict) else enumerate(value or ()))


def _volume(entry: int | str, value: t.Any) -> Mount:
    """Return a mount of ``volumes``: source:target:modes, a target alone, or source: {bind: target, mode: modes}."""
    if isinstance(entry, str):
        how = value if isinstance(value, dict) else {"bind": value}
        given = how.get("mode") or ("ro" if how.get("ro") else "")
        modes = (*str(given).split(","), str(how.get("propagation") or ""))
        return Mount("volumes", entry, str(how["bind"]), _path_of_host(entry), modes)
    source, target, given = (*str(value).split(":", 2), "", "")[:3]
    return Mount("volumes", entry, target or source, _path_of_host(source if target else ""), tuple(given.split(",")))


def _mount(entry: int | str, value: Options) -> Mount:
    source = value.get("source") if value.get("type") == "bind" else ""
    modes = ("ro" if value.get("read_only") else "", str(value.get("propagation") or ""))
    return Mount("mounts", entry, str(value.get("target") or ""), _path_of_host(source), modes)


def _tmpfs(entry: int | str, value: t.Any) -> Mount:
    """Return a mount of ``tmpfs``: target:modes, or target: modes."""
    target, modes = (entry, value) if isinstance(entry, str) else str(value).partition(":")[::2]
    return Mount("tmpfs", entry, str(target), "", tuple(as_text(modes).split(",")))


def _path_of_host(source: t.Any) -> str:
    return source if isinstance(source, str) and source.startswith("/") else ""
