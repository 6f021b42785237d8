# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module from the library on the host. This file is sent there, with a call of ``main`` as its last line."""

from __future__ import annotations

import json
import os
import stat
import sys

# A library that no controller has used for so long is removed, and what an interrupted upload left.
DAY = 24 * 3600
UNUSED = 14 * DAY
LEFT_OVER = 3600


def main(root: str, digest: str, module: str, arguments: bytes, archive: bytes) -> None:
    """Run the module, or print why not: ``longshore_library`` is ``missing``, or why the host can have none.

    ``root``: folder of the libraries; ``digest``: name of the library's folder; ``arguments``: JSON as bytes;
    ``archive``: the library as the bytes of a zip file, in base64, for a host that has said ``missing``.
    """
    library = os.path.join(root, digest)
    try:
        state = state_of(root, library)
        if state == "missing" and archive:
            install(root, library, archive)
            state = state_of(root, library)
    except OSError as error:
        state = str(error)
    if state:
        sys.stdout.write(json.dumps({"longshore_library": state}))
    else:
        run(library, module, arguments)


def state_of(root: str, library: str) -> str:
    """Return why the library cannot be used; empty where it can."""
    for folder in (os.path.dirname(root), root, library):
        if os.path.lexists(folder) and not is_trusted(folder):
            return f"{folder} belongs to somebody else, or others may write to it"
    if not os.path.isdir(library):
        return "missing" if can_be_made(root) else f"{root} cannot be written"
    mark_used(library)
    return ""


def can_be_made(root: str) -> bool:
    """Return whether this user could write to the folder, or to the nearest one above it that is there."""
    while not os.path.isdir(root):
        root = os.path.dirname(root)
    return os.access(root, os.W_OK)


def is_trusted(folder: str) -> bool:
    """Return whether nobody but root and this user can have put something there."""
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and found.st_uid in (0, os.geteuid()) and not found.st_mode & 0o022


def mark_used(library: str) -> None:
    """Keep the library from being pruned. Once a day is enough; who cannot write there leaves it as it is."""
    import time

    if time.time() - os.stat(library).st_mtime > DAY and os.access(library, os.W_OK):
        os.utime(library)


def install(root: str, library: str, archive: bytes) -> None:
    """Put the library into its place. It is whole or not there, whatever happens meanwhile, a power cut included."""
    import base64
    import compileall
    import io
    import tempfile
    import zipfile

    before = os.umask(0o022)
    try:
        os.makedirs(root, exist_ok=True)
        prune(root)
        with tempfile.TemporaryDirectory(dir=root, prefix=".") as folder:
            unpacked = os.path.join(folder, "library")
            zipfile.ZipFile(io.BytesIO(base64.b64decode(archive))).extractall(unpacked)
            # Before they are brought to disk: bytecode that a power cut leaves in part would fail each later import.
            compileall.compile_dir(unpacked, quiet=2)
            os.sync()
            try:
                os.rename(unpacked, library)
            except OSError:
                if not os.path.isdir(library):  # else another call was faster
                    raise
    finally:
        os.umask(before)


def prune(root: str) -> None:
    """Remove the libraries of versions that nobody uses any more, and what interrupted uploads left."""
    import shutil
    import time

    for name in os.listdir(root):
        path = os.path.join(root, name)
        try:
            age = time.time() - os.lstat(path).st_mtime
        except FileNotFoundError:  # another call removes it, too
            continue
        if age > (LEFT_OVER if name.startswith(".") else UNUSED):
            shutil.rmtree(path, ignore_errors=True)


def run(library: str, module: str, arguments: bytes) -> None:
    """Run the module as Ansible's own payload does, with the library in the place of its zip file."""
    import importlib

    try:
        os.getcwd()
    except OSError:
        os.chdir("/")
    script = os.path.dirname(os.path.realpath(__file__)) if "__file__" in globals() else ""
    sys.path[:] = [library] + [path for path in sys.path if path not in ("", ".", script)]
    sys.dont_write_bytecode = True
    loader = importlib.import_module("ansible.module_utils._internal._ansiballz._loader")
    loader.run_module(json_params=arguments, profile="legacy", module_fqn=module, modlib_path=library, extensions={})
