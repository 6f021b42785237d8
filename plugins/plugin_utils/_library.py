# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules on hosts are made of: our modules, and Ansible's module_utils of the version that runs."""

from __future__ import annotations

import hashlib
import io
import pathlib
import typing as t
import zipfile

import ansible
from ansible.release import __version__

PLUGINS = pathlib.Path(__file__).parents[1]
OURS = ("module_utils", "modules")
FLEET = "ansible_collections/longshore/fleet/plugins"
PACKAGE = FLEET.replace("/", ".") + ".modules"
CORE = pathlib.Path(ansible.__file__).parent
# No module of ours imports these.
UNUSED = ("facts", "csharp", "powershell", "testing.py", "urls.py", "yumdnf.py")
EPOCH = (1980, 1, 1, 0, 0, 0)


def digest_of(files: t.Iterable[tuple[str, bytes]], version: str) -> str:
    """Return the name of a library: the same for the same modules and the same ansible-core."""
    found = hashlib.sha256(version.encode())
    for name, content in files:
        found.update(f"\0{name}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()[:32]


def _below(folder: pathlib.Path, prefix: str) -> t.Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*.py")):
        yield f"{prefix}/{path.relative_to(folder)}", path.read_bytes()


def our_files() -> t.Iterator[tuple[str, bytes]]:
    """Yield path in the library and content of each of our own files."""
    for room in OURS:
        yield from _below(PLUGINS / room, f"{FLEET}/{room}")


def core_files() -> t.Iterator[tuple[str, bytes]]:
    """Yield path in the library and content of each of Ansible's files. The package itself has no code on a host."""
    yield "ansible/__init__.py", b""
    yield "ansible/release.py", (CORE / "release.py").read_bytes()
    for name, content in _below(CORE / "module_utils", "ansible/module_utils"):
        if name.split("/")[2] not in UNUSED:
            yield name, content


def packages_of(names: t.Iterable[str]) -> set[str]:
    """Return the __init__.py that packages lack: elsewhere on a host's path, one that has it would be taken first."""
    there = set(names)
    return {
        f"{folder}/__init__.py" for name in there for folder in list(pathlib.PurePosixPath(name).parents)[:-1]
    } - there


def archive() -> bytes:
    """Return the library as the bytes of a zip file."""
    files = dict((*our_files(), *core_files()))
    files.update(dict.fromkeys(sorted(packages_of(files)), b""))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as library:
        for name, content in files.items():
            library.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


# Here, as each task on each host has a process of its own, made from one that has read this file.
DIGEST = digest_of(our_files(), __version__)
