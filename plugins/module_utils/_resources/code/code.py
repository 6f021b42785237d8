# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of an instance: which release of it, where it is on the host and in the container, and how it goes live."""

from __future__ import annotations

import re
import shlex
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._durations import some_seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.authorities import (
    refuse_wrong_authority,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    SIGNAL,
    command_of,
    is_url,
    refuse_wrong_owners,
)

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
CURRENT, RELEASES = "current", "releases"
# A shell's ``exec`` of a command, after redirections too; with nothing but redirections the shell stays.
EXEC = re.compile(r"(?:^|[\s;&|(){])exec[ \t]+(?:\d*[<>]+&?[ \t]*[^\s;&|]+[ \t]+)*(?!\d*[<>])[^\s;&|]")
SHELLS = ("sh", "bash", "dash", "ash", "ksh", "zsh")
# How code goes live in a running container.
BY_SIGNAL, BY_RESTART = "signal", "restart"


@dataclass(frozen=True)
class Code:
    """``reference`` is empty only where a plan is made before the first push.

    On the host ``path`` has ``releases/<digest>`` and the link ``current``; the container has ``path`` as ``mount``.
    """

    reference: str
    content: str
    version: str
    path: str
    mount: str
    owner: int
    group: int
    service: str
    writable: bool = False

    @classmethod
    def from_options(cls, release: dict[str, t.Any], options: dict[str, t.Any], service: str) -> Code:
        """Return the code of a ``release``, the result of the module code; ``options``: of ``service_code``."""
        path = options["path"] or f"/srv/code/{service}"
        for name, value in (("path", path), ("mount", options["mount"])):
            if not value.startswith("/") or value == "/":
                raise Failure(f"service_code.{name}: {value!r} is not an absolute path of a folder")
        reference = release["reference"] or ""
        if reference and not DIGEST.fullmatch(reference.partition("@")[2]):
            raise Failure(f"code.reference: {reference!r} names no digest; give it as longshore.fleet.code returns it")
        refuse_wrong_owners(options, "service_code")
        owner = options["owner"]
        group = owner if options["group"] is None else options["group"]
        mount = options["mount"].rstrip("/")
        version, path = release["version"] or "", path.rstrip("/")
        writable = bool(options.get("writable"))
        return cls(reference, release["content"], version, path, mount, owner, group, service, writable)

    @property
    def owners(self) -> tuple[int, int]:
        """Owner and group of all files."""
        return self.owner, self.group

    @property
    def release(self) -> str:
        """The name of the release's folder."""
        return self.reference.partition("@sha256:")[2]

    @property
    def folder(self) -> str:
        """Where this release is on the host."""
        return f"{self.path}/{RELEASES}/{self.release}"

    @property
    def working_dir(self) -> str:
        """Where the current release is in the container."""
        return f"{self.mount}/{CURRENT}"

    @property
    def _mode(self) -> str:
        return "rw" if self.writable else "ro"

    def mounted(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return a container's options with the code's mount, and its folder to work in unless they name another."""
        volumes = options.get("volumes") or []
        if isinstance(volumes, dict):
            volumes = {**volumes, self.path: {"bind": self.mount, "mode": self._mode}}
        elif isinstance(volumes, list):
            volumes = [*volumes, f"{self.path}:{self.mount}:{self._mode}"]
        else:
            raise Failure(f"service_container.volumes: expected a list such as [/srv/data:/data], got {volumes!r}")
        return {"working_dir": self.working_dir, **options, "volumes": volumes}

    def staged(self, options: dict[str, t.Any], stage: str) -> dict[str, t.Any]:
        """Return the options of ``mounted`` with a folder for ``path`` in which another release is current."""
        volumes = options["volumes"]
        if isinstance(volumes, dict):
            others: dict[str, t.Any] | list[str] = {host: v for host, v in volumes.items() if host != self.path}
            binds = {
                stage: {"bind": self.mount, "mode": self._mode},
                f"{self.path}/{RELEASES}": {"bind": f"{self.mount}/{RELEASES}", "mode": self._mode},
            }
            return {**options, "volumes": {**t.cast(dict[str, t.Any], others), **binds}}
        kept = [volume for volume in volumes if volume != f"{self.path}:{self.mount}:{self._mode}"]
        releases = f"{self.path}/{RELEASES}:{self.mount}/{RELEASES}:{self._mode}"
        return {**options, "volumes": [*kept, f"{stage}:{self.mount}:{self._mode}", releases]}


@dataclass(frozen=True)
class Loaded:
    """What a container was proved to have loaded: its code, with its folder's name, and its files, path -> digest."""

    container: str
    content: str
    version: str
    release: str
    files: dict[str, str]
    proven: bool = True  # not while it is told to load something else, until one or the other is proven


@dataclass(frozen=True)
class Reload:
    """How new code goes live, and what proves it: ``service_reload``; times in seconds."""

    action: str
    signal: str
    timeout: float
    check: tuple[tuple[str, ...], ...]
    commands: tuple[tuple[str, ...], ...]
    command_timeout: float
    url: str
    ca_file: str = ""
    verify: bool = True
    not_workers: tuple[str, ...] = ()

    @classmethod
    def from_options(cls, options: dict[str, t.Any]) -> Reload:
        """Return what ``service_reload`` says, or the label of a container, which may be older than an option."""
        where = "service_reload"
        ca_file, verify = options.get("ca_file") or "", options.get("verify", True)
        _refuse_authority_of_nothing(options["url"], ca_file, verify, where)
        SIGNAL.refuse(options["signal"], f"{where}.signal")
        signal = str(options["signal"]).upper().removeprefix("SIG")
        if options["url"] and not is_url(options["url"]):
            raise Failure(f"{where}.url: {options['url']!r} is not a valid URL; write it like http://127.0.0.1:8000/")
        return cls(
            action=options["action"],
            signal=signal,
            timeout=some_seconds(options["timeout"], f"{where}.timeout"),
            check=_commands(options["check"], f"{where}.check"),
            commands=_commands(options["commands"], f"{where}.commands"),
            command_timeout=some_seconds(options["command_timeout"], f"{where}.command_timeout"),
            url=options["url"] or "",
            ca_file=ca_file,
            verify=verify,
            not_workers=_beginnings(options.get("not_workers") or (), f"{where}.not_workers"),
        )


def _commands(commands: list[t.Any], where: str) -> tuple[tuple[str, ...], ...]:
    """Return each a text, split as a shell would, or a list of arguments."""
    return tuple(command_of(command, f"{where}[{number}]") for number, command in enumerate(commands))


def _refuse_authority_of_nothing(url: str | None, ca_file: str, verify: bool, where: str) -> None:
    """Refuse what says how a page is asked where there is none."""
    if not url and (ca_file or not verify):
        raise Failure(f"{where}.{'ca_file' if ca_file else 'verify'}: belongs to {where}.url, which is not given")
    refuse_wrong_authority(ca_file, verify, where)


def _beginnings(lines: t.Iterable[str], where: str) -> tuple[str, ...]:
    """Return beginnings of command lines; an empty one would be the beginning of every one."""
    found = tuple(line.strip() for line in lines)
    if "" in found:
        raise Failure(f"{where}: an entry is empty; write the beginning of a command line, such as celery")
    return found


def first_command(options: dict[str, t.Any], image: dict[str, t.Any]) -> list[str]:
    """Return entrypoint and command that a container of these options and this image's configuration begins with."""
    entrypoint, command = (_words(options.get(name)) for name in ("entrypoint", "command"))
    if entrypoint is None:
        # As the engine has it: an entrypoint of one's own leaves the image's command out.
        entrypoint = image.get("Entrypoint") or []
        command = (image.get("Cmd") or []) if command is None else command
    return [*entrypoint, *(command or [])]


def is_shell_without_exec(words: t.Sequence[str]) -> bool:
    """Return whether it is ``sh -c "server ..."``: that shell stays the first process, without ``exec`` anywhere.

    Whether the shell gets there, only the start tells. A single simple command is replaced by some shells and not by
    others, so it counts as staying.
    """
    if len(words) < 3 or words[0].rpartition("/")[2] not in SHELLS or not re.fullmatch(r"-\w*c", words[1]):
        return False
    return EXEC.search(words[2]) is None


def _words(value: t.Any) -> list[str] | None:
    if value is None:
        return None
    return shlex.split(value) if isinstance(value, str) else [str(word) for word in value]
