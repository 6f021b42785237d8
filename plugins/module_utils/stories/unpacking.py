# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code on a host: unpacked once per release, made current by a link."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tarfile
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients import host_files
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.artefact import FOLDER
from ansible_collections.longshore.fleet.plugins.module_utils.resources.code import CURRENT, RELEASES, Code, Loaded
from ansible_collections.longshore.fleet.plugins.module_utils.stories.going_back import undoing
from ansible_collections.longshore.fleet.plugins.module_utils.stories.loaded import current_release, owner_of
from ansible_collections.longshore.fleet.plugins.module_utils.waiting import Deadline

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils.resources.wanted import Wanted
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.host import Host

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
    """The release into its folder, whole or not at all; whether there was anything to do. Nothing of it is live yet."""
    if not code.reference:
        return False
    releases = f"{code.path}/{RELEASES}"
    with _explained(code, releases):
        os.makedirs(releases, exist_ok=True)
        with _alone_in(releases):
            _refuse_what_is_not_ours(code)
            if os.path.isdir(code.folder):
                if current_release(code.path) != code.release:
                    give_to_owner(code)
                return False
            _unpack_anew(host, code, releases)
    return True


def _unpack_anew(host: Host, code: Code, releases: str) -> None:
    _remove_unfinished(releases)
    new = f"{releases}/{NEW}{code.release}"
    try:
        os.mkdir(new)
        with _packed(host, code) as archive:
            _extract(archive, new, code)
        os.rename(f"{new}/{FOLDER}", code.folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        host.docker.remove_image(code.reference)


@contextlib.contextmanager
def _explained(code: Code, releases: str) -> t.Iterator[None]:
    try:
        yield
    except (OSError, tarfile.TarError) as error:
        # What breaks off on the way from the engine has no number.
        what_to_do = "Make room there, and run again." if getattr(error, "errno", None) else "Run again."
        raise Failure(
            f"{code.version} of the code cannot be unpacked into {releases}: {getattr(error, 'strerror', '') or error}."
            f" What runs is not touched. {what_to_do}"
        ) from error


@contextlib.contextmanager
def _alone_in(folder: str) -> t.Iterator[None]:
    """One launch at a time unpacks into a folder, as two of the same release would mix; it ends with its process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not Deadline(UNPACKING).wait_for(lambda: _locked(descriptor)):
            raise Failure(
                f"Somebody else has been unpacking code into {folder} for {UNPACKING:g} s. Look what it waits for"
                f" (fuser -v {folder}), and run again."
            )
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _refuse_what_is_not_ours(code: Code) -> None:
    """A folder in the place of the link, or the code of another service, whose releases would go live for both."""
    link, note = f"{code.path}/{CURRENT}", f"{code.path}/{OWNER}"
    if os.path.lexists(link) and not os.path.islink(link):
        raise Failure(
            f"{link} is in the place of Longshore's link to the current release. Move it away, and run again."
        )
    found = host_files.read(note)
    if found is None or not found[0].strip():
        with open(f"{note}.new", "w", encoding="utf-8") as file:
            file.write(f"{code.service}\n")
        os.rename(f"{note}.new", note)
    elif (other := found[0].decode().strip()) != code.service:
        raise Failure(
            f"service_code.path: {code.path} has the code of {other}, and {code.service} would switch it for both."
            f" Give each service a path of its own; where {other} is no more, remove {note}."
        )


def give_to_owner(code: Code) -> None:
    """All files of the release to the owner and group that the service file names, where they are another's."""
    if owner_of(code.folder) == code.owners:
        return
    for folder, folders, files in os.walk(code.folder, topdown=False):
        for name in (*files, *folders):
            os.lchown(f"{folder}/{name}", *code.owners)
    # Last: where this is killed, it still differs.
    os.lchown(code.folder, *code.owners)


def unpack_code(host: Host, wanted: Wanted) -> bool:
    """The wanted release onto the host, where the service has code; whether there was anything to do."""
    return wanted.code is not None and unpack(host, wanted.code)


def make_current(path: str, release: str) -> None:
    """The link to another release, in one step: whoever looks sees the one or the other."""
    new = f"{path}/.{CURRENT}"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    os.symlink(f"{RELEASES}/{release}", new)
    os.rename(new, f"{path}/{CURRENT}")


@contextlib.contextmanager
def switched(code: Code | None, loaded: Loaded | None) -> t.Iterator[None]:
    """The new release is current for the steps inside; where they fail, the one that was loaded before is again."""
    if code is None:
        yield
        return
    before = loaded.release if loaded else current_release(code.path)
    make_current(code.path, code.release)
    with undoing(lambda: _make_current_again(code.path, before)):
        yield


def _make_current_again(path: str, release: str) -> None:
    if release and os.path.isdir(f"{path}/{RELEASES}/{release}"):
        make_current(path, release)


@contextlib.contextmanager
def staged(code: Code, name: str) -> t.Iterator[str]:
    """A folder in which the release is current, for a container that runs it before it is live."""
    stage = f"{STAGES}/{name}"
    shutil.rmtree(stage, ignore_errors=True)
    os.makedirs(f"{stage}/{RELEASES}")
    os.symlink(f"{RELEASES}/{code.release}", f"{stage}/{CURRENT}")
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def make_room_for_new(code: Code, loaded: t.Iterable[str]) -> None:
    """Removes all but the newest releases; the current one and those that containers have ``loaded`` stay."""
    releases = f"{code.path}/{RELEASES}"
    # A folder's own time is that of its unpacking or of its last use.
    os.utime(code.folder)
    there = (name for name in os.listdir(releases) if not name.startswith(NEW))
    newest = sorted(there, key=lambda name: os.stat(f"{releases}/{name}").st_mtime, reverse=True)
    stay = {*newest[:KEPT], current_release(code.path), *loaded}
    for name in set(newest) - stay:
        shutil.rmtree(f"{releases}/{name}", ignore_errors=True)


def _remove_unfinished(releases: str) -> None:
    for name in os.listdir(releases):
        if name.startswith(NEW):
            shutil.rmtree(f"{releases}/{name}", ignore_errors=True)


@contextlib.contextmanager
def _packed(host: Host, code: Code) -> t.Iterator[t.IO[bytes]]:
    """The code's tar, out of its image, by a container that is never started."""
    if not host.docker.image(code.reference):
        host.docker.pull(code.reference)
    container = host.docker.create(image=code.reference, command=["none"], network_disabled=True)
    try:
        with host.docker.packed(container, f"/{FOLDER}") as archive:
            yield archive
    finally:
        host.docker.remove(container)


def _extract(archive: t.IO[bytes], folder: str, code: Code) -> None:
    """Everything with the owner that the service file names, modes and times as packed; nothing outside the folder."""
    with tarfile.open(fileobj=archive, mode="r|*") as tar:
        # Checked below, as older Pythons have no filters, and newer ones would not set the owner.
        tar.extraction_filter = lambda member, _path: member
        for member in tar:
            target = os.path.join(folder, member.name)
            parent = os.path.realpath(os.path.dirname(target.rstrip("/")))
            inside = os.path.join(parent, "").startswith(os.path.join(os.path.realpath(folder), ""))
            if not inside or os.path.islink(target) or not (member.isreg() or member.isdir() or member.issym()):
                raise Failure(f"{code.reference} was not packed by longshore.fleet.code: {member.name} is refused.")
            member.uid, member.gid, member.uname, member.gname = code.owner, code.group, "", ""
            tar.extract(member, folder)
