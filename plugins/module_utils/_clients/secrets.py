# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets: the one door by which values enter a container that may stand nowhere else.

A name that begins with ``/`` is a file in the container, mode 0600; any other is an entry of its environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import shutil
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._masking import secret_text

STATE = "/var/lib/longshore"
KEY = f"{STATE}/secret.key"
# In memory (file-hierarchy(7): /run is a tmpfs), so that no value reaches a disk. Gone after a reboot: see ``lost``.
FILES = "/run/longshore/secrets"


def digests(values: dict[str, t.Any], key: bytes | None) -> dict[str, str]:
    """Name -> digest with the host's key, so that a change is seen and the value can't be guessed from a label.

    Without a key, on a host that never had a secret, every secret is new.
    """
    return keyed({name: _fingerprint(secret_text(name, value)) for name, value in values.items()}, key)


def fingerprints(values: dict[str, t.Any]) -> dict[str, str]:
    """Name -> what a host needs of a value to tell its digest; still secret, as a short value can be guessed from it.

    Of what is no value there is none: who hands it to a container says so.
    """
    found: dict[str, str] = {}
    for name, value in values.items():
        with contextlib.suppress(Failure):
            found[name] = _fingerprint(secret_text(name, value))
    return found


def keyed(prints: t.Mapping[str, str], key: bytes | None) -> dict[str, str]:
    """Name -> digest with the host's key, of fingerprints."""
    if key is None:
        return dict.fromkeys(prints, "")
    return {
        name: hmac.new(key, f"{name}\0{value}".encode(), hashlib.sha256).hexdigest()[:16]
        for name, value in prints.items()
    }


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def environment(values: dict[str, t.Any]) -> dict[str, str]:
    """Return the entries of the container's environment."""
    return {name: secret_text(name, value) for name, value in values.items() if not name.startswith("/")}


def files(values: dict[str, t.Any]) -> dict[str, str]:
    """Return path in the container -> content."""
    return {name: secret_text(name, value) for name, value in values.items() if name.startswith("/")}


def read_key() -> bytes | None:
    """Return the host's key, or None where there is none yet."""
    with contextlib.suppress(FileNotFoundError), open(KEY, "rb") as file:
        return file.read()
    return None


def make_key() -> bytes:
    """Return the host's key, made where there is none: 32 random bytes, mode 0600."""
    os.makedirs(STATE, mode=0o700, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(32))
    key = read_key()
    if not key:
        raise Failure(f"{KEY} is empty: the key of the secrets' digests. Remove the file and run again.")
    return key


def folder(instance: str, digest_of: dict[str, str]) -> str:
    """Return the host's folder of an instance's secret files: another one for other secrets.

    So the old container keeps its own files for the case that it comes back.
    """
    return f"{FILES}/{instance}/{name_of(digest_of)}"


def name_of(digest_of: dict[str, str]) -> str:
    """Return a name for a set of secrets: another one where any of them differs."""
    return hashlib.sha256(repr(sorted(digest_of.items())).encode()).hexdigest()[:16]


def mounts(values: dict[str, t.Any], where: str) -> list[dict[str, t.Any]]:
    """Return what mounts the files of the folder ``where`` into the container, read-only, by the SDK's names.

    Not as ``volumes``: there Docker makes an empty folder of a file that is missing, and the container starts with it.
    """
    return [
        {"type": "bind", "source": f"{where}/{number}", "target": path, "read_only": True}
        for number, path in enumerate(sorted(files(values)))
    ]


def lost(instance: str, digest_of: dict[str, str], key: bytes | None) -> tuple[str, ...]:
    """Return the secret files of a container, told by its digests, that are not there or not as they were written."""
    there = written(instance, digest_of)
    return tuple(
        path
        for path in sorted(name for name in digest_of if name.startswith("/"))
        if path not in there or digests({path: there[path]}, key)[path] != digest_of[path]
    )


def written(instance: str, digest_of: dict[str, str]) -> dict[str, str]:
    """Return path in the container -> content, of the secret files that a container with these digests has."""
    where = folder(instance, digest_of)
    paths = sorted(name for name in digest_of if name.startswith("/"))
    found = {path: _content(f"{where}/{number}") for number, path in enumerate(paths)}
    return {path: content for path, content in found.items() if content is not None}


def write_files(values: dict[str, t.Any], where: str, owner: tuple[int, int]) -> None:
    """Write the files of mode 0600 into the folder ``where``, in the order of their mounts."""
    os.makedirs(FILES, mode=0o700, exist_ok=True)
    os.makedirs(where, mode=0o700, exist_ok=True)
    for number, (_path, content) in enumerate(sorted(files(values).items())):
        descriptor = os.open(f"{where}/{number}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchown(file.fileno(), *owner)
            file.write(content)


def are_left_behind(instance: str, used: t.Iterable[dict[str, str]]) -> bool:
    """Return whether there are secret files of an instance beside those of the containers with the digests ``used``."""
    folders = {os.path.basename(folder(instance, digest_of)) for digest_of in used}
    with contextlib.suppress(FileNotFoundError):
        return not folders.issuperset(os.listdir(f"{FILES}/{instance}"))
    return False


def _content(file: str) -> str | None:
    with contextlib.suppress(OSError), open(file, encoding="utf-8", errors="replace", newline="") as opened:
        return opened.read()
    return None


def remove_files(instance: str, keep: str | None = None) -> None:
    """Remove an instance's secret files, those in the folder ``keep`` excepted."""
    parent = f"{FILES}/{instance}"
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(parent):
            if f"{parent}/{name}" != keep:
                shutil.rmtree(f"{parent}/{name}")
        if not os.listdir(parent):
            os.rmdir(parent)


def owner_of(user: str | int) -> tuple[int, int]:
    """Return (uid, gid) of a container's user, from ``user`` of its options or of its image; root where it is empty."""
    uid, _colon, gid = str(user or "0").partition(":")
    if not uid.isdigit() or not (gid or "0").isdigit():
        raise Failure(
            f"service_secrets: files need an owner, and the container's user is {user!r}."
            " Give service_container.user as numbers, for example 1000:1000."
        )
    return int(uid), int(gid or uid)
