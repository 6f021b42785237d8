# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code on a host: unpacked once per release, made current by a link."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tarfile
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles, remove_tree
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import (
    CURRENT,
    RELEASES,
    Code,
    Loaded,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.archive import extract, packed
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import current_code, owner_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.shared_folders import safe_files_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# The newest releases that stay on a host.
KEPT = 5
# Of a release that is not whole yet.
NEW = ".new-"
# Seconds to wait for another launch that unpacks.
UNPACKING = 300.0
# Names the service whose code it is.
OWNER = ".service"
# Where a one-off finds a release as the current one.
STAGES = "/run/longshore/code"


def unpack(host: Host, code: Code) -> bool:
    """Unpack the release into its folder, whole or not at all, not live yet; return whether it was missing."""
    if not code.reference:
        return False
    files = _files(host, code)
    opened = files.folder(f"{code.path}/{RELEASES}", make=True)
    with _explained(code), opened as releases, _alone_in(releases, code):
        _refuse_what_is_not_ours(files, code)
        if files.is_folder(code.folder):
            if current_code(code.path) != code.release:
                give_to_owner(host, code)
            return False
        _unpack_anew(host, code, releases)
    return True


def _files(host: Host, code: Code) -> SafeFiles:
    """Return the host's files; the code's folder counts as shared, whether or not its containers may write it."""
    return safe_files_of(host.docker, [code.path])


def _unpack_anew(host: Host, code: Code, releases: int) -> None:
    _remove_unfinished(releases)
    new = f"{NEW}{code.release}"
    try:
        os.mkdir(new, 0o700, dir_fd=releases)
        with packed(host, code) as archive:
            extract(archive, releases, new, code)
        os.rename(new, code.release, src_dir_fd=releases, dst_dir_fd=releases)
    finally:
        remove_tree(releases, new)
        host.docker.remove_image(code.reference)


@contextlib.contextmanager
def _explained(code: Code) -> t.Iterator[None]:
    try:
        yield
    except (OSError, tarfile.TarError) as error:
        # What breaks off on the way from the engine has no number.
        what_to_do = "Make room there, and run again." if getattr(error, "errno", None) else "Run again."
        raise Failure(
            f"{code.version} of the code cannot be unpacked into {code.path}/{RELEASES}:"
            f" {getattr(error, 'strerror', '') or error}. What runs is not touched. {what_to_do}"
        ) from error


@contextlib.contextmanager
def _alone_in(releases: int, code: Code) -> t.Iterator[None]:
    """Let one launch at a time unpack into a folder, as two of a release would mix; it ends with its process."""
    if not Deadline(UNPACKING).wait_for(lambda: _locked(releases)):
        folder = f"{code.path}/{RELEASES}"
        raise Failure(
            f"Somebody else has been unpacking code into {folder} for {UNPACKING:g} s. Look what it waits for"
            f" (fuser -v {folder}), and run again."
        )
    yield


def _locked(descriptor: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _refuse_what_is_not_ours(files: SafeFiles, code: Code) -> None:
    """Refuse a folder of code that belongs to another service, or whose ``current`` is not a symlink."""
    link, note = f"{code.path}/{CURRENT}", f"{code.path}/{OWNER}"
    if (there := files.status(link)) and not stat.S_ISLNK(there.st_mode):
        raise Failure(
            f"{link} is in the place of Longshore's link to the current release. Move it away, and run again."
        )
    found = files.read(note)
    if found is None or not found[0].strip():
        files.write(note, (f"{code.service}\n".encode(), 0, 0, 0o644))
    elif (other := found[0].decode(errors="replace").strip()) != code.service:
        raise Failure(
            f"service_code.path: {code.path} has the code of {other}, and {code.service} would switch it for both."
            f" Give each service a path of its own; where {other} is no more, remove {note}."
        )


def give_to_owner(host: Host, code: Code) -> None:
    """Give all files of the release to the owner and group of the service file, where they are another's.

    A file with a second name is not of an unpacked release, and stays whose it is: a container may have made it.
    """
    if owner_of(code.path, code.release) in (None, code.owners):
        return
    with _files(host, code).folder(code.folder) as top:
        for _path, folders, names, inner in os.fwalk(".", topdown=False, dir_fd=top):
            for name in (*names, *folders):
                about = os.stat(name, dir_fd=inner, follow_symlinks=False)
                if about.st_nlink == 1 or stat.S_ISDIR(about.st_mode):
                    os.chown(name, *code.owners, dir_fd=inner, follow_symlinks=False)
        # Last: where this is killed, it still differs.
        os.fchown(top, *code.owners)


def unpack_code(host: Host, wanted: InstanceSpec) -> bool:
    """Bring the wanted release onto the host, where the service has code; return whether there was anything to do."""
    return wanted.code is not None and unpack(host, wanted.code)


def make_current(files: SafeFiles, path: str, release: str) -> None:
    """Set the link to another release, in one step: whoever looks sees the one or the other."""
    try:
        files.link(f"{path}/{CURRENT}", f"{RELEASES}/{release}")
    except OSError as error:
        raise Failure(
            f"{path}/{CURRENT} cannot be made a link to the release {release} ({error.strerror}). Remove what is in its"
            " place, and run again."
        ) from error


@contextlib.contextmanager
def switched(host: Host, code: Code | None, loaded: Loaded | None) -> t.Iterator[None]:
    """Make the new release current for the steps inside; where they fail, the one that was loaded before again."""
    if code is None:
        yield
        return
    files, before = _files(host, code), loaded.release if loaded else current_code(code.path)
    make_current(files, code.path, code.release)
    with undoing(lambda: _make_current_again(files, code.path, before)):
        yield


def _make_current_again(files: SafeFiles, path: str, release: str) -> None:
    if release and files.is_folder(f"{path}/{RELEASES}/{release}"):
        make_current(files, path, release)


@contextlib.contextmanager
def staged(code: Code, name: str, files: t.Iterable[str] = ()) -> t.Iterator[str]:
    """Make a folder in which the release is current, for a container that runs it before it is live.

    ``files``: paths of the host. For those beside the code it has places, as a container can't make any in a mount that
    is read-only.
    """
    stage = f"{STAGES}/{name}"
    shutil.rmtree(stage, ignore_errors=True)
    os.makedirs(f"{stage}/{RELEASES}")
    os.symlink(f"{RELEASES}/{code.release}", f"{stage}/{CURRENT}")
    beside = [path.removeprefix(f"{code.path}/") for path in files if path.startswith(f"{code.path}/")]
    for place in (f"{stage}/{path}" for path in beside if not path.startswith((f"{RELEASES}/", f"{CURRENT}/"))):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT, 0o600))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def make_room_for_new(host: Host, code: Code, loaded: t.Iterable[str]) -> None:
    """Remove all but the newest releases; the current one and those that containers have ``loaded`` stay."""
    with _explained(code), _files(host, code).folder(f"{code.path}/{RELEASES}") as releases:
        # A folder's own time is that of its unpacking or of its last use.
        os.utime(code.release, dir_fd=releases, follow_symlinks=False)
        there = (name for name in os.listdir(releases) if not name.startswith(NEW))
        newest = sorted(there, key=lambda name: _changed(releases, name), reverse=True)
        for name in set(newest[KEPT:]) - {current_code(code.path), *loaded}:
            remove_tree(releases, name)


def _changed(folder: int, name: str) -> float:
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime


def _remove_unfinished(releases: int) -> None:
    for name in os.listdir(releases):
        if name.startswith(NEW):
            remove_tree(releases, name)
