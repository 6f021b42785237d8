# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What many tests are about, with what does not matter to them filled in."""

from __future__ import annotations

import json
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.template import trust_as_template

from ansible_collections.longshore.fleet.plugins.module_utils._instance import ARGUMENT_SPEC, WANTED
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    FoundRegistration,
    Registration,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import Release

Options = dict[str, t.Any]
IMAGE = {"reference": "registry/web@sha256:1", "content": "c-1", "version": "1"}
# The variables that a service file which says nothing leaves to the role's defaults, and each host renders.
SERVICE: Options = {
    "service_container": {},
    "service_directories": [],
    "service_secrets_at_rest": "memory",
    "service_registrations": [],
    "service_gate": {},
    "service_rollout": {},
    "service_code": {},
    "service_reload": {},
    "service_files": [],
    "service_once": [],
}


def trusted(value: t.Any) -> t.Any:
    """Mark texts as templates, as a file's loader does."""
    if isinstance(value, dict):
        return {key: trusted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [trusted(inner) for inner in value]
    return trust_as_template(value) if isinstance(value, str) else value


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += max(seconds, 1e-6)


def instance_options(
    name: str = "web",
    *,
    content: str = "c-1",
    reference: str = "registry/web@sha256:1",
    service: str | None = None,
    code_release: Options | None = None,
    secrets: t.Mapping[str, t.Any] | None = None,
    **wanted: t.Any,
) -> Options:
    """Return the options of a module that is told of an instance, with all defaults.

    ``wanted``: what its option of that name has; ``code_release``: its option ``code``.
    """
    given = {
        "name": name,
        "image": {"reference": reference, "content": content},
        **{key: value for key, value in (("service", service), ("code", code_release)) if value is not None},
        "secrets": dict(secrets or {}),
        "wanted": wanted,
    }
    spec = {**ARGUMENT_SPEC, "wanted": {"type": "dict", "options": WANTED}}
    checked = ArgumentSpecValidator(spec).validate(json.loads(json.dumps(given)))
    assert not checked.error_messages, checked.error_messages
    return dict(checked.validated_parameters)


def instance_spec(digests: dict[str, str] | None = None, **options: t.Any) -> InstanceSpec:
    """Return the instance of ``instance_options``; ``digests`` are those of its secrets."""
    return InstanceSpec.from_options(instance_options(**options), digests or {})


def found_container(
    spec: InstanceSpec, name: str = "web", state: str = "running", policy: str = "always", identity: str = "id"
) -> FoundContainer:
    """Return a container that was made of a spec, as the engine has it."""
    return FoundContainer.from_inspect(
        {
            "Id": identity,
            "Name": f"/{name}",
            "State": {"Status": state},
            "HostConfig": {"RestartPolicy": {"Name": policy}},
            "Config": {"Labels": spec.container.labels()},
        }
    )


def found_registration(
    registration: Registration, checks: t.Mapping[str, Options] | None = None, **body: t.Any
) -> FoundRegistration:
    """Return a registration as the agent has it once it is there; ``body``: what differs in the agent's answer."""
    sent = registration.to_api("passing")
    return FoundRegistration.from_api({**sent, "Service": sent["Name"], **body}, checks or {})


def observed(
    current: FoundContainer | None = None,
    *registered: FoundRegistration,
    previous: FoundContainer | None = None,
    upcoming: FoundContainer | None = None,
    **told: t.Any,
) -> ObservedInstance:
    """Return what was found of an instance."""
    return ObservedInstance(current, previous, upcoming, {r.id: r for r in registered}, **told)


def record(identity: str, index: int = 0, **changes: t.Any) -> Release:
    """Return the record of a release, with two entries of configuration."""
    usual: dict[str, t.Any] = {
        "service": "web",
        "content": "c",
        "image": IMAGE,
        "service_file": "service_hosts: web",
        "config": [["longshore/config/web/heap", "MQ==", 0], ["longshore/config/webs/heap", "Mg==", 0]],
        "who": "anna",
        "where": "desk",
        "started": "then",
        "state": "done",
    }
    return Release(id=identity, index=index, **{**usual, **changes})
