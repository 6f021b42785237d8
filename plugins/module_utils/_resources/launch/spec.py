# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that one launch is to bring about: the rendered service file, checked and in one form."""

from __future__ import annotations

import hashlib
import posixpath
import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import checked_wanted
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Code, Reload
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    FoundRegistration,
    Registration,
    registrations,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.container import Container
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import refuse_reserved
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.normalise import normalised
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.secret_names import (
    refuse_covered_files,
    refuse_wrong_names,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import (
    HostFile,
    host_files,
    refuse_files_as_folders,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.condition import Condition, conditions
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar import (
    Sidecar,
    refuse_shared_files,
    sidecars_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.once_task import OnceTask, once_tasks
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import octal_mode, refuse_doubles
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    PATH,
    command_of,
    refuse_wrong_owners,
)

# What ``service_secrets_at_rest`` says where secrets are to outlive a reboot.
SEALED = "systemd-creds"


@dataclass(frozen=True)
class Gate:
    """What must hold before an instance counts as up; times in seconds."""

    timeout: float
    stable_for: float
    before: tuple[Condition, ...] = ()
    after: tuple[Condition, ...] = ()

    @classmethod
    def from_options(cls, options: dict[str, t.Any]) -> Gate:
        """Return the gate of ``service_gate``; one that can never be passed is refused."""
        gate = cls(
            timeout=seconds(options["timeout"], "service_gate.timeout"),
            stable_for=seconds(options["stable_for"], "service_gate.stable_for"),
            before=conditions(options.get("before") or (), "service_gate.before"),
            after=conditions(options.get("after") or (), "service_gate.after"),
        )
        if gate.timeout <= gate.stable_for:
            raise Failure("service_gate: timeout must be longer than stable_for, or no instance ever passes")
        return gate


@dataclass(frozen=True)
class Directory:
    """A directory of the host, made before the first start; ``mode`` as in chmod."""

    path: str
    owner: int
    group: int
    mode: int

    @classmethod
    def from_options(cls, options: dict[str, t.Any], where: str = "service_directories[0]") -> Directory:
        """Return the directory of an entry of ``service_directories``; ``where`` names the entry in errors."""
        path = options["path"]
        PATH.refuse(path, f"{where}.path")
        refuse_wrong_owners(options, where)
        bits = octal_mode(options["mode"], "0750", f"{where}.mode")
        group = options["owner"] if options["group"] is None else options["group"]
        return cls(path, options["owner"], group, bits)


def host_directories(entries: t.Sequence[dict[str, t.Any]]) -> tuple[Directory, ...]:
    """Return all entries of ``service_directories``; two of one path are refused."""
    where = "service_directories"
    found = tuple(Directory.from_options(entry, f"{where}[{number}]") for number, entry in enumerate(entries))
    refuse_doubles([posixpath.normpath(directory.path) for directory in found], where)
    return found


@dataclass(frozen=True)
class InstanceSpec:
    """One instance as it is wanted on one host. ``secrets`` never appears in a repr."""

    container: Container
    registrations: tuple[Registration, ...]
    directories: tuple[Directory, ...]
    gate: Gate
    drain: float
    secrets: dict[str, t.Any] = field(repr=False)
    code: Code | None = None
    reload: Reload | None = None
    files: tuple[HostFile, ...] = ()
    once: tuple[OnceTask, ...] = ()
    leader: tuple[str, ...] = ()
    # Whether the host keeps the secrets encrypted on its disk, to have them after a reboot.
    seals_secrets: bool = False
    sidecars: tuple[Sidecar, ...] = ()
    # Whether the instance is to be restarted even where nothing has changed.
    restart: bool = False

    @classmethod
    def from_options(cls, params: dict[str, t.Any], digests: dict[str, str]) -> InstanceSpec:
        """Return the spec of the options of ``launch``; ``digests`` are those of the secrets."""
        refuse_reserved(params["name"])
        options = checked_wanted(params["wanted"])
        params = {**params, "wanted": options}
        code, leader = _code(params), options.get("leader")
        directories, files = host_directories(options["directories"]), host_files(options.get("files") or ())
        sidecars = sidecars_of(params)
        refuse_shared_files(files, sidecars)
        paths = [file.path for file in (*files, *(file for sidecar in sidecars for file in sidecar.files))]
        refuse_files_as_folders(paths, [directory.path for directory in directories])
        return cls(
            container=replace(_container(params, digests, code), sidecars={s.name: s.mark for s in sidecars}),
            registrations=registrations(options["registrations"], params["name"]),
            directories=directories,
            gate=Gate.from_options(options["gate"]),
            drain=seconds(options["drain"], "service_rollout.drain"),
            secrets=params["secrets"],
            code=code,
            reload=Reload.from_options(options["reload"]) if options.get("reload") else None,
            files=files,
            once=once_tasks(options.get("once") or ()),
            leader=command_of(leader, "service_rollout.order.leader") if leader else (),
            seals_secrets=bool(params["secrets"]) and options.get("secrets_at_rest") == SEALED,
            restart=params.get("restart", False),
            sidecars=sidecars,
        )

    def keeping_tags(self, found: t.Mapping[str, FoundRegistration]) -> InstanceSpec:
        """Return it with the tags found (by ID) where others may override them."""
        return replace(self, registrations=tuple(r.keeping_tags(found.get(r.id)) for r in self.registrations))

    def of_sidecar(self, sidecar: Sidecar) -> InstanceSpec:
        """Return one of its sidecars as what the steps of a container take: with no registration, and its own files."""
        return InstanceSpec(sidecar.container, (), self.directories, self.gate, 0, {}, files=sidecar.files)

    @property
    def digest(self) -> str:
        """Tells whether two instances are wanted alike, with all their containers; as that of a container."""
        own = [self.container.digest, *(sidecar.container.digest for sidecar in self.sidecars)]
        return own[0] if len(own) == 1 else hashlib.sha256("".join(own).encode()).hexdigest()

    @property
    def may_reload(self) -> bool:
        """Whether the container may have to load anything anew while it stays."""
        return bool(self.code or self.files)

    @property
    def ports(self) -> frozenset[int]:
        """The registered ports."""
        return frozenset(r.port for r in self.registrations if r.port is not None)

    @property
    def on_host_network(self) -> bool:
        """Whether the container's sockets are the host's own."""
        return self.container.options.get("network_mode") == "host"


def _code(params: dict[str, t.Any]) -> Code | None:
    """Return code as the service file and the release have it; the one without the other is a mistake."""
    options, release = params["wanted"].get("code"), params.get("code")
    if bool(options) != bool(release):
        missing = "service_code, which says where the code is" if release else "code, the release of it"
        raise Failure(f"{missing}, is not given; without it nobody knows what the container is to run")
    return Code.from_options(release, options, params["service"] or params["name"]) if options and release else None


def _container(params: dict[str, t.Any], digests: dict[str, str], code: Code | None) -> Container:
    options, image = params["wanted"], params["image"]
    refuse_wrong_names(params["secrets"], options["container"].get("environment"))
    compared = options["container_without_peers"]
    compared = options["container"] if compared is None else compared
    normal = normalised(code.mounted(options["container"]) if code else options["container"])
    refuse_covered_files(params["secrets"], normal)
    place = {"path": code.path, "mount": code.mount} if code else None
    return Container(
        name=params["name"],
        service=params["service"] or params["name"],
        reference=image["reference"] or "",
        content=image["content"],
        version=image["version"] or "",
        options=normal,
        compared=normalised(code.mounted(compared) if code else compared),
        secrets=digests,
        registrations=options["registrations"],
        reload={"reload": options["reload"], "code": place} if options.get("reload") else {},
        first_boot=options.get("first_boot") or False,
        empty_peers=tuple(options.get("empty_peers") or ()),
    )
