# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code on a host: unpacked once per release, made current by a link."""

from __future__ import annotations

import contextlib
import os
import shutil
import tarfile
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.artefact import FOLDER
from ansible_collections.longshore.fleet.plugins.module_utils.resources.code import CURRENT, RELEASES, Code, Loaded
from ansible_collections.longshore.fleet.plugins.module_utils.stories.going_back import undoing
from ansible_collections.longshore.fleet.plugins.module_utils.stories.loaded import current_release

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils.resources.wanted import Wanted
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.host import Host

# The newest releases that stay on a host.
KEPT = 5
# Of a release that is not whole yet.
NEW = ".new-"
# Where a one-off finds a release as the current one.
STAGES = "/run/longshore/code"


def unpack(host: Host, code: Code) -> bool:
    """The release into its folder, whole or not at all; whether there was anything to do. Nothing of it is live yet."""
    if not code.reference or os.path.isdir(code.folder):
        return False
    releases = f"{code.path}/{RELEASES}"
    os.makedirs(releases, exist_ok=True)
    _remove_unfinished(releases)
    new = f"{releases}/{NEW}{code.release}"
    try:
        os.mkdir(new)
        with _packed(host, code) as archive:
            _extract(archive, new, code)
        os.rename(f"{new}/{FOLDER}", code.folder)
    except OSError as error:
        raise Failure(
            f"{code.version} of the code cannot be unpacked into {releases}: {error.strerror or error}."
            " What runs is not touched. Make room there, and run again."
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        host.docker.remove_image(code.reference)
    return True


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
    newest = sorted(os.listdir(releases), key=lambda name: os.stat(f"{releases}/{name}").st_mtime, reverse=True)
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
