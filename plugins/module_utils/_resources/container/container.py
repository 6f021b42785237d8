# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container: as it is wanted, and as it was found."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.limits import (
    can_be_updated,
    found_limits,
    limit_changes,
    without_limits,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_kinds import (
    nanoseconds,
    tmpfs_mode,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_rules import (
    container_problems,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import (
    Change,
    changes_between,
    flat,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import as_text, is_address

# Our labels; an image's own labels are merged into a container's, so only these are ever compared.
SERVICE = "longshore.service"
INSTANCE = "longshore.instance"
IMAGE = "longshore.image"  # content tag or digest: whether the image has changed
VERSION = "longshore.version"  # for people
WANTED = "longshore.wanted"  # JSON: the options as last wanted, peers replaced by stand-ins
SECRETS = "longshore.secrets"  # JSON: name -> digest with the host's key
REGISTRATIONS = "longshore.registrations"  # JSON: to register it again should it have to come back
RELOAD = "longshore.reload"  # JSON: service_reload, and where the code is, for a reload without the service file
FIRST_START = "longshore.first-start"  # JSON: what its options have of a cluster's first start, and their digest
ONE_OFF = "longshore.one-off"  # the instance for which a container runs a single command

ROTATION = {"max-size": "10m", "max-file": "9"}
DEFAULTS: dict[str, t.Any] = {"network_mode": "host", "restart_policy": {"Name": "always"}}
ROTATING_DRIVERS = ("json-file", "local")
# Not for a one-off: what the instance itself holds, and how it is kept alive.
OF_THE_INSTANCE_ALONE = ("ports", "entrypoint", "healthcheck", "auto_remove", "mac_address", "hostname", "stop_signal")


# Ends of the names that a replacement and single commands give their containers.
RESERVED = re.compile(r"\.(previous|next|validate|check-\d+|preflight|preflight-[^.]*|once-[^.]*)$")


def previous_of(instance: str) -> str:
    """The name under which the old container waits until the new one has passed its gate."""
    return f"{instance}.previous"


def next_of(instance: str) -> str:
    """The name under which a new container is made while the old one still runs."""
    return f"{instance}.next"


def refuse_reserved(name: str) -> None:
    """Raise ``Failure`` for a name that a container of another instance may take for a while."""
    if RESERVED.search(name):
        other = name.rpartition(".")[0]
        raise Failure(
            f"{name} cannot be the name of a service: Longshore names the containers of {other} like that while it"
            " replaces or checks them. Take another name."
        )


def one_off_of(instance: str, purpose: str) -> str:
    """The name of the container that runs a single command for an instance."""
    return f"{instance}.{purpose}"


@dataclass(frozen=True)
class Container:
    """A container as it is wanted.

    ``options``: the SDK's keyword arguments with the real peers; ``compared``: the same with stand-ins for the peers
    and without what only a first boot adds, so that neither ever comes back as a difference (design: rule 4).
    """

    name: str
    service: str
    reference: str
    content: str
    version: str
    options: dict[str, t.Any]
    compared: dict[str, t.Any]
    secrets: dict[str, str]
    registrations: list[dict[str, t.Any]]
    reload: dict[str, t.Any] = field(default_factory=dict)
    first_boot: bool = False
    empty_peers: tuple[str, ...] = ()

    def labels(self) -> dict[str, str]:
        """The user's labels and ours."""
        return {
            **self.options.get("labels", {}),
            SERVICE: self.service,
            INSTANCE: self.name,
            IMAGE: self.content,
            VERSION: self.version,
            WANTED: json.dumps(self.compared, sort_keys=True),
            SECRETS: json.dumps(self.secrets, sort_keys=True),
            REGISTRATIONS: json.dumps(self.registrations, sort_keys=True),
            **({RELOAD: json.dumps(self.reload, sort_keys=True)} if self.reload else {}),
            **({FIRST_START: json.dumps(self.first_start, sort_keys=True)} if self.first_start else {}),
        }

    @property
    def first_start(self) -> dict[str, t.Any]:
        """What the options have of a cluster's first start: an argument of ``first_boot``, or an empty list of peers.

        Empty where they have neither: where the rendering uses no peers, or all are there.
        """
        if self.options == self.compared or not (self.first_boot or self.empty_peers):
            return {}
        return {"first_boot": self.first_boot, "empty_peers": list(self.empty_peers), "options": self._options_digest}

    @property
    def _options_digest(self) -> str:
        return hashlib.sha256(json.dumps(self.options, sort_keys=True).encode()).hexdigest()

    def first_start_changes_from(self, found: FoundContainer) -> tuple[Change, ...]:
        """Tell what the found container still has of a cluster's first start, where it would be made otherwise today.

        These differences alone replace no container that is well; one that is broken must not start with them again.
        """
        then = found.first_start
        if not then or then["options"] == self._options_digest:
            return ()
        over = (Change("first_boot", True, False),) if then["first_boot"] and not self.first_boot else ()
        gained = (name for name in then["empty_peers"] if name not in self.empty_peers)
        return (*over, *(Change(f"peers.{name}", "none", "those of today") for name in gained))

    @property
    def digest(self) -> str:
        """Tells whether two containers are wanted alike; peers and secrets aside, for which a host may have no key."""
        labels = {**self.labels(), SECRETS: "", FIRST_START: ""}
        return hashlib.sha256(json.dumps(labels, sort_keys=True).encode()).hexdigest()

    def changes_from(self, found: FoundContainer) -> tuple[Change, ...]:
        """What makes the found container another one than this; empty if nothing does, or an update is enough."""
        image = () if found.content == self.content else (Change("image", found.content, self.content),)
        options = (
            self._as_run(change, found)
            for change in changes_between(without_limits(found.wanted), without_limits(self.compared))
        )
        taken_away = tuple(change for change in self._limit_changes(found) if not can_be_updated(change))
        secrets = tuple(
            Change(f"secrets.{name}", *_without_value(found.secrets.get(name), self.secrets.get(name)))
            for name in sorted(found.secrets.keys() | self.secrets.keys())
            if found.secrets.get(name) != self.secrets.get(name)
        )
        return (*image, *options, *taken_away, *secrets)

    def _as_run(self, change: Change, found: FoundContainer) -> Change:
        """Return the change with the values that ran and will run, in the place of those that were compared."""
        run = Change(
            change.key,
            found.ran.get(change.key, change.before),
            flat(self.options).get(change.key, change.after),
        )
        return change if run.before == run.after else run

    def updates_from(self, found: FoundContainer) -> tuple[Change, ...]:
        """Limits and restart policy that the engine can change while the found container runs on."""
        return tuple(change for change in self._limit_changes(found) if can_be_updated(change))

    def reload_changes_from(self, found: FoundContainer) -> tuple[Change, ...]:
        """Settings of a reload that differ from those noted; a reload by hand goes by the noted ones."""
        return changes_between(found.reload.get("reload") or {}, self.reload.get("reload") or {}, "reload.")

    def _limit_changes(self, found: FoundContainer) -> tuple[Change, ...]:
        return limit_changes(self.options, found.wanted, found.limits)


def one_off_options(container: Container, command: list[str]) -> dict[str, t.Any]:
    """The options of a container that is made like ``container`` and runs a single command.

    The command is run as ``docker exec`` would: an entrypoint, the service file's or the image's, has no say in it.
    """
    kept = {name: value for name, value in container.options.items() if name not in OF_THE_INSTANCE_ALONE}
    labels = {ONE_OFF: container.name}
    return {
        **kept,
        "entrypoint": [],
        "command": command,
        "labels": labels,
        "restart_policy": {"Name": "no"},
        "healthcheck": {"test": ["NONE"]},
    }


@dataclass(frozen=True)
class FoundContainer:
    """A container as the engine has it."""

    id: str
    name: str
    state: str  # created, running, paused, restarting, removing, exited, dead
    restarts: int
    limits: dict[str, t.Any]  # and restart policy, as of found_limits
    instance: str  # empty: not ours
    content: str
    version: str
    wanted: dict[str, t.Any]
    secrets: dict[str, str]
    registrations: list[dict[str, t.Any]]
    reload: dict[str, t.Any] = field(default_factory=dict)  # as of RELOAD
    first_start: dict[str, t.Any] = field(default_factory=dict)  # as of FIRST_START
    ran: dict[str, t.Any] = field(default_factory=dict)  # as of _ran

    @property
    def on_host_network(self) -> bool:
        """Whether its sockets are the host's own."""
        return self.wanted.get("network_mode") == "host"

    @classmethod
    def from_inspect(cls, answer: dict[str, t.Any]) -> FoundContainer:
        """From the engine's answer to ``inspect``."""
        labels = answer["Config"].get("Labels") or {}
        wanted, secrets = json.loads(labels.get(WANTED, "{}")), json.loads(labels.get(SECRETS, "{}"))
        return cls(
            id=answer["Id"],
            name=answer["Name"].lstrip("/"),
            state=answer["State"]["Status"],
            restarts=answer.get("RestartCount", 0),
            limits=found_limits(answer["HostConfig"]),
            instance=labels.get(INSTANCE, ""),
            content=labels.get(IMAGE, ""),
            version=labels.get(VERSION, ""),
            wanted=wanted,
            secrets=secrets,
            registrations=json.loads(labels.get(REGISTRATIONS, "[]")),
            reload=json.loads(labels.get(RELOAD, "{}")),
            first_start=json.loads(labels.get(FIRST_START, "{}")),
            ran=_ran(answer["Config"], wanted, secrets),
        )


def _ran(config: dict[str, t.Any], wanted: dict[str, t.Any], secrets: t.Container[str]) -> dict[str, t.Any]:
    """Return by dotted key what was wanted as the engine has it: with the peers of then, and never a secret."""
    words = {"command": config.get("Cmd"), "entrypoint": config.get("Entrypoint")}
    ran: dict[str, t.Any] = {
        name: _as_written(list(words[name] or ()), wanted[name]) for name in words if wanted.get(name)
    }
    there = dict(entry.split("=", 1) for entry in config.get("Env") or () if "=" in entry)
    names = (name for name in wanted.get("environment") or {} if name in there and name not in secrets)
    return {**ran, **{f"environment.{name}": there[name] for name in names}}


def _as_written(words: list[str], wanted: t.Any) -> t.Any:
    """Return the words of a command in the form of the wanted one: a list, or one text."""
    if isinstance(wanted, list):
        return words
    return wanted if shlex.split(wanted) == words else shlex.join(words)


def normalised(options: dict[str, t.Any], where: str = "service_container") -> dict[str, t.Any]:
    """Return the options with our defaults, in the form that the SDK takes; ``Failure`` names all that are wrong."""
    problems = container_problems(options, where)
    if problems:
        raise Failure("\n".join(problems))
    given = {
        name: FORMS[name](value) if name in FORMS else value for name, value in options.items() if value is not None
    }
    result = {**DEFAULTS, **given}
    if "network" in given and "network_mode" not in given:
        del result["network_mode"]
    result["log_config"] = _rotated(given.get("log_config", {}))
    return result


def _rotated(log_config: dict[str, t.Any]) -> dict[str, t.Any]:
    """Rotation cannot be forgotten: the sizes the user leaves out are ours, for the drivers that write files."""
    driver = log_config.get("type", "json-file")
    given = _texts(log_config.get("config") or {})
    return {"type": driver, "config": {**ROTATION, **given} if driver in ROTATING_DRIVERS else given}


def _texts(values: t.Any) -> dict[str, str]:
    """A mapping of texts, from one or from a list of NAME=value."""
    if isinstance(values, list):
        return {name: value for name, _equals, value in (entry.partition("=") for entry in values)}
    return {name: as_text(value) for name, value in values.items()}


def _arguments(command: t.Any) -> t.Any:
    return command if isinstance(command, str) else [as_text(argument) for argument in command]


def _restart_policy(policy: dict[str, t.Any]) -> dict[str, t.Any]:
    """YAML reads an unquoted no as false."""
    return {**policy, "Name": policy["Name"] or "no"}


def _in_nanoseconds(healthcheck: dict[str, t.Any]) -> dict[str, t.Any]:
    """As the engine has durations."""
    return {
        key: nanoseconds(value) if key.lower() in ("interval", "timeout", "start_period", "startperiod") else value
        for key, value in healthcheck.items()
    }


def _bound(port: t.Any) -> t.Any:
    """An address with a port is a tuple to the SDK, which YAML does not have."""
    if not isinstance(port, list):
        return port
    return tuple(port) if is_address(port[0]) else [_bound(element) for element in port]


# Option -> what brings its values into the one form that the SDK takes.
FORMS: dict[str, t.Callable[[t.Any], t.Any]] = {
    **dict.fromkeys(("command", "entrypoint"), _arguments),
    **dict.fromkeys(("environment", "labels", "sysctls"), _texts),
    **dict.fromkeys(("cpuset_cpus", "cpuset_mems", "stop_signal", "user"), as_text),
    "healthcheck": _in_nanoseconds,
    "mounts": lambda mounts: [tmpfs_mode(mount) for mount in mounts],
    "ports": lambda ports: {inner: _bound(outer) for inner, outer in ports.items()},
    "restart_policy": _restart_policy,
    "tmpfs": lambda tmpfs: _texts(tmpfs) if isinstance(tmpfs, dict) else tmpfs,
}


def _without_value(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Words for the digests of a secret: neither its value nor its digest belongs in a plan."""
    return (
        None if before is None else "set",
        None if after is None else "set" if before is None else "changed",
    )
