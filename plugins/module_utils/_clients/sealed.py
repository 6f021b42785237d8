# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets on a host's disk, encrypted by systemd-creds(1) with the host's key, and with its TPM where there is one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.own_files import replace_file
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._masking import secret_text

PROGRAM = "systemd-creds"
# Since systemd 250: Debian 12, Ubuntu 22.10.
MISSING = (
    "service_secrets_at_rest: systemd-creds is not installed on this host (it comes with systemd 250); write memory"
)
# Seconds; a TPM is slow.
TIMEOUT = 30


def is_available() -> bool:
    """Return whether this host can seal secrets."""
    return shutil.which(PROGRAM) is not None


def write(instance: str, digest_of: dict[str, str], values: dict[str, t.Any]) -> None:
    """Seal the secrets of an instance, told by their digests; values reach the command by a pipe."""
    path = _path(instance, digest_of)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    texts = {name: secret_text(name, value) for name, value in values.items()}
    sealed = _run(["encrypt", f"--name={_name(instance)}", "-", "-"], json.dumps(texts).encode(), instance)
    replace_file(path, sealed, 0o600)


def read(instance: str, digest_of: dict[str, str]) -> dict[str, str]:
    """Return name -> value of the sealed secrets with these digests; empty where there are none."""
    if not is_there(instance, digest_of):
        return {}
    text = _run(["decrypt", f"--name={_name(instance)}", _path(instance, digest_of), "-"], b"", instance)
    return dict(json.loads(text))


def is_there(instance: str, digest_of: dict[str, str]) -> bool:
    """Return whether the secrets with these digests are sealed on this host."""
    return bool(digest_of) and os.path.exists(_path(instance, digest_of))


def keep_only(instance: str, *digests: dict[str, str]) -> None:
    """Remove what is sealed of an instance, but for the secrets with these digests."""
    kept = {os.path.basename(_path(instance, digest_of)) for digest_of in digests}
    folder = _folder(instance)
    with contextlib.suppress(FileNotFoundError):
        for name in set(os.listdir(folder)) - kept:
            os.unlink(f"{folder}/{name}")
        if not os.listdir(folder):
            os.rmdir(folder)


def _folder(instance: str) -> str:
    return f"{secrets.STATE}/sealed/{instance}"


def _path(instance: str, digest_of: dict[str, str]) -> str:
    return f"{_folder(instance)}/{secrets.name_of(digest_of)}"


def _name(instance: str) -> str:
    """Return the name that is sealed with it, so that one instance's secrets are never taken for another's."""
    return f"longshore-{instance}"


def _run(arguments: list[str], stdin: bytes, instance: str) -> bytes:
    if not is_available():
        raise Failure(MISSING)
    try:
        done = subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{PROGRAM} {arguments[0]} for {instance} did not end within {TIMEOUT} s") from error
    if done.returncode:
        said = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise Failure(
            f"{PROGRAM} {arguments[0]} failed for {instance}: {said}. Where the host's key"
            " (/var/lib/systemd/credential.secret) has changed, deploy again: the secrets are sealed anew."
        )
    return done.stdout
