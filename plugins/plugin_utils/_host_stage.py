# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stage knows of its host: the variables, the rollout so far, and the options of modules that follow."""

from __future__ import annotations

import functools
import time
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader

from ansible_collections.longshore.fleet.plugins.module_utils._clients.secrets import fingerprints
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL, DNS, DOCKER
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import LAUNCH
from ansible_collections.longshore.fleet.plugins.module_utils._masking import masked
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service, facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import Slot, of_instance
from ansible_collections.longshore.fleet.plugins.plugin_utils._inventory import hosts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._long_form import long_form
from ansible_collections.longshore.fleet.plugins.plugin_utils._planned import DISCOVERED
from ansible_collections.longshore.fleet.plugins.plugin_utils._regathering import gathers_again
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Templar, evaluated, given
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import is_wrong
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import Rollout
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import run_of, switched_on
from ansible_collections.longshore.fleet.plugins.plugin_utils._secret_rendering import rendered_secrets
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import schema
from ansible_collections.longshore.fleet.plugins.plugin_utils._shell_lines import shell_lines
from ansible_collections.longshore.fleet.plugins.plugin_utils._short_form import LONG, SHORT
from ansible_collections.longshore.fleet.plugins.plugin_utils._sides import sided
from ansible_collections.longshore.fleet.plugins.plugin_utils._target import Target
from ansible_collections.longshore.fleet.plugins.plugin_utils._value_origins import value_origins
from ansible_collections.longshore.fleet.plugins.plugin_utils._verdict import BEGUN, LAUNCHED, ONCE, PAUSED, Verdict
from ansible_collections.longshore.fleet.plugins.plugin_utils._wanted import (
    Naming,
    rendered_tasks,
    rendered_wanted,
    written_out,
)

Result = dict[str, t.Any]
# The number of the turn, in a rollout whose hosts have several instances.
TURN = "__service_turn"
# Hosts whose modules are also asked for what any of them can tell.
TELLING = 3


class HostStage:
    """One instance of a host in one stage of a rollout, or in a play of a user's own, which has neither plan nor lock.

    ``slot``: which one; unless given, the only one of its host. ``before``: the instance whose place it takes.
    """

    def __init__(self, templar: Templar, variables: Result, slot: Slot | None = None, before: str = "") -> None:
        own = slot.variables if slot else {}
        self._other = (templar, variables, slot.turned) if slot and slot.other else None
        self._templar = templar.copy_with_new_env(available_variables={**variables, **own}) if own else templar
        self._variables = {**variables, **own} if own else variables
        self._before = before
        facts = facts_of(variables)
        self._run = run_of(facts)
        self._service = Service.from_facts(facts)
        self._rollout = Rollout.from_facts(facts)
        self._watch_until = Verdict.from_facts(facts).watch_until
        self.host: str = variables["inventory_hostname"]
        self.row = slot.row if slot else self.host
        self.instance = slot.name if slot else self._service.name
        self.is_one_of_several = slot is not None and slot.several
        self.begun: Result = variables.get(BEGUN) or {}
        self.planned: Result = of_instance(variables.get(LAUNCHED) or {}, self.instance)
        self.discovered: Result = of_instance(variables.get(DISCOVERED) or {}, self.instance)

    def value(self, expression: str) -> t.Any:
        """Return a Jinja expression of the host's variables."""
        return evaluated(self._templar, expression)

    def given(self, *names: str) -> Result:
        """Return those of these variables that are set, as options of the same names."""
        return given(self._templar, {name: name for name in names if name in self._variables})

    def target(self) -> Target:
        """Return the release of a rollback, or else the image and the code that were just found."""
        if self._service.release is not None:
            return Target.from_record(self._service.release)
        artefacts = {"image": self.value("__service_image"), "code": self.value("__service_code | default({})")}
        return Target.from_record(artefacts)

    def unshipped(self) -> Target:
        """Return the image and the code as a deploy would have them; what is not shipped yet, by its content tag."""
        artefacts = {"image": self.value("__service_image"), "code": self.value("__service_code | default({})")}
        return Target.from_record({kind: _by_tag(found) for kind, found in artefacts.items() if "content" in found})

    def shown(self, target: Target, discovered: Result, loader: DataLoader, sources: t.Sequence[str]) -> Result:
        """Return the service file in its long form and the lines of a shell; ``sources``: what ``-i`` gave."""
        validated = ArgumentSpecValidator(**LAUNCH).validate(self.launching(target, discovered))
        if validated.error_messages:
            raise Failure("\n".join(validated.error_messages))
        options, spec = validated.validated_parameters, schema()
        lines = shell_lines(InstanceSpec.from_options(options, {}), options)
        origins = value_origins(loader, sources, self._service, self.host, self._variables, spec)
        values = {key: self._variables[key] for key in spec if key in self._variables}
        if any(key in origins for key in SHORT):
            values[LONG] = written_out(self._templar, self._variables, discovered, self._naming())
        long = long_form(spec, values, origins, self._service.name)
        return {"long_form": long, "shell": [masked(line, self.secrets()) for line in lines]}

    def is_stopped(self) -> bool:
        """Return whether the pause or a fleet-once task before this batch has failed."""
        return any(is_wrong(self._variables.get(name) or {}) for name in (PAUSED, ONCE))

    def has_once_tasks(self) -> bool:
        """Return whether the rollout has fleet-once tasks; a rollback repeats none."""
        return self._service.release is None and bool(self.value("service_once | length > 0"))

    def gathers_again(self) -> bool:
        """Return whether this turn has to ask Consul again."""
        reads_consul = bool(self.value("service_peers | length > 0 or service_config | length > 0"))
        return gathers_again(self.planned, reads_consul, self._is_founding())

    def _is_founding(self) -> bool:
        """Return whether the preflight saw a first boot, and the service file renders to something else without one."""
        if not self.discovered.get("first_boot"):
            return False
        first, later = (self.wanted({**self.discovered, "first_boot": value}) for value in (True, False))
        return {**first, "first_boot": None} != {**later, "first_boot": None}

    def found_before(self) -> Result:
        """Return what the preflight found. A first boot is over once another instance has had its turn."""
        is_first = self._rollout.rows[0] in self._going()
        return self.discovered if is_first else {**self.discovered, "first_boot": False}

    def wanted(self, discovered: Result) -> Result:
        """Return the rendered service file."""
        _secrets, wrong = self._rendered_secrets
        skip_before = switched_on(self._run, "skip_before")
        return rendered_wanted(self._templar, self._variables, discovered, self._naming(), wrong, skip_before)

    def _naming(self) -> Naming:
        return Naming(self.value("service"), self._name(), self.is_one_of_several)

    def _name(self) -> str:
        """Return the instance's name; in a play of a user's own nobody has read a service file."""
        return self.instance or str(self.value("service"))

    def gathering(self, target: Target, ahead: bool) -> Result:
        """Return the options of service_info. ``ahead``: of the preflight, which asks for more."""
        founder = self._run.get("found") if ahead else self._rollout.founder
        telling = ahead and self.host in self._variables["ansible_play_hosts_all"][:TELLING]
        has_peers = self.value("service_peers | length > 0")
        options = {
            **self.given(*CONSUL, *DOCKER, *DNS),
            "name": self.value("service"),
            "prefix": self.value("service_prefix"),
            "hosts": hosts_of(self._service.hosts, self._variables) if has_peers else [],
            "service": self.value("service_registrations | map(attribute='name') | list | default([service], true)"),
            "noted": telling,
            "passing": telling,
            "config": self.value("service_config"),
            "groups": self.value("group_names"),
            "config_schema": self.value("service_config_schema"),
            "peers": self.value("service_peers"),
            **({"release": target.release, "config_digest": target.config_digest} if target.release else {}),
            **({"found": founder in (self.host if ahead else "", self.row)} if founder else {}),
        }
        return {**options, **self._surveying()} if ahead else options

    def _surveying(self) -> Result:
        """Return what service_info needs to look at the instance as well."""
        has_code = self.value("service_code | length > 0")
        given = self.value("service_code.path | default('')") if has_code else ""
        path = {"code_path": given or f"/srv/code/{self._name()}"} if has_code else {}
        return {"survey": self._name(), "secret_fingerprints": fingerprints(self.secrets()), **path}

    def secrets(self) -> Result:
        """Return the secrets that can be rendered; what is wrong with the others stands in what is wanted."""
        return self._rendered_secrets[0]

    @functools.cached_property
    def _rendered_secrets(self) -> tuple[Result, list[str]]:
        """The secrets, and what is wrong with others; rendered once, as a lookup may ask a vault elsewhere."""
        return rendered_secrets(self._templar, self._variables)

    def launching(self, target: Target, discovered: Result, **more: t.Any) -> Result:
        """Return the options of launch, and of once, for this target."""
        return {
            **self.given(*CONSUL, *DOCKER),
            "name": self._name(),
            **({"service": self.value("service")} if self._name() != self.value("service") else {}),
            **({"takes_over": self._before} if self._before else {}),
            "image": target.image,
            **({"code": target.code} if self.value("service_code | length > 0") else {}),
            **self._sides(discovered),
            "secrets": self.secrets(),
            **more,
        }

    def _sides(self, discovered: Result) -> Result:
        """Return ``wanted``, and ``alternate`` where the new container starts first, at another port."""
        if self._other is None:
            return {"wanted": self.wanted(discovered)}
        sides = self.wanted(discovered), HostStage(*self._other).wanted(discovered)
        return sided(*sides, self._name(), self.value("service_rollout.shared | default([])"))

    def recalling(self) -> Result:
        """Return the options of release_info that read the release of a rollback; none where other hosts are asked."""
        if self.host not in hosts_of(self._service.hosts, self._variables)[:TELLING]:
            return {}
        return {
            **self.given(*CONSUL),
            "name": self._service.name,
            "prefix": self._service.prefix,  # the service file does not hold in this play
            "back_to": self._run.get("release", "previous"),
        }

    def restart(self) -> t.Any:
        """Return whether this run restarts what has not changed, too."""
        return self.value("service_restart | default(false)")

    def replanning(self) -> Result:
        """Return the option ``release`` of a preflight under the lock: it may pull for longer than a session lives."""
        session = self.value("__service_held")
        return {"release": {"id": "", "session": session, "prefix": self.value("service_prefix")}} if session else {}

    def turn(self, release: str) -> Result:
        """Return the option ``release``: which rollout a launch is part of."""
        rollout = self._rollout
        nodes = [rollout.nodes[row] for row in rollout.nodes if rollout.host_of(row) in self._going()]
        out = [place for row in self._going() for place in rollout.places_of(row)] if self._in_turns() else nodes
        return {
            **self.lock(release, self.begun["session"]),
            "min_healthy": rollout.min_healthy,
            "batch": list(dict.fromkeys(out)),
            "keep_images": self.begun["keep_images"],
        }

    def _going(self) -> t.Sequence[str]:
        """Return what goes at the same time: rows where hosts have several instances, else hosts."""
        if self._in_turns():
            return self._rollout.turns[int(self._variables[TURN])]
        return t.cast("t.Sequence[str]", self._variables["ansible_play_batch"])

    def _in_turns(self) -> bool:
        return TURN in self._variables

    def lock(self, release: str, session: str) -> Result:
        """Return what tells modules which session holds the lock."""
        return {"id": release, "session": session, "prefix": self.value("service_prefix")}

    def once(self, target: Target) -> Result:
        """Return the options of the module once."""
        tasks = rendered_tasks(self._templar, self._variables, self.discovered, self._naming())
        lock = self.lock(target.release, self.begun["session"])
        options = self.launching(target, self.discovered, tasks=tasks, release=lock)
        return {key: value for key, value in options.items() if key != "alternate"}

    def watching(self, target: Target) -> Result:
        """Return the options of launch that watch; whatever the forks, all hosts are watched until the same moment."""
        left = max(self._watch_until - time.time(), 1)
        turn, discovered = self.turn(target.release), self.planned.get("gathered") or self.discovered
        return self.launching(target, discovered, state="watched", watch=f"{left:.1f}s", release=turn)

    def surveying(self, instance: str) -> Result:
        """Return the options of service_info that look at an instance, whatever the service file says of it."""
        options = {"name": self._service.name, "prefix": self._service.prefix, "survey": instance}
        return {**self.given(*CONSUL, *DOCKER), **options}

    def leaving(self) -> list[str]:
        """Return the instances that a removal takes away here."""
        return self._service.instances[self.host]

    def removing(self, instance: str, release: Result | None) -> Result:
        """Return the options of launch that remove an instance; ``release``: the rollout or the lock, where one is."""
        return {
            **self.given(*CONSUL, *DOCKER),
            "name": instance,
            "service": self.value("service"),
            "state": "absent",
            "wanted": {"drain": self._service.rollout["drain"]},
            **({"release": release} if release else {}),
        }

    def removal_lock(self) -> Result:
        """Return the lock of a removal."""
        return self.lock("removed", self._variables["__service_lock"]["session"])

    def surplus_turn(self, release: str) -> Result:
        """Return the option ``release`` of an instance that goes, as its host is to have fewer."""
        return {**(turn := self.turn(release)), "min_healthy": min(turn["min_healthy"], self._rollout.staying)}


def _by_tag(found: Result) -> Result:
    """Return an image or code by its content tag where it has no digest yet, and so those of the sidecars."""
    sidecars = {name: _by_tag(one) for name, one in (found.get("sidecars") or {}).items()}
    reference = found.get("reference") or next(iter(found["diff"]["after"]))
    return {**found, "reference": reference, **({"sidecars": sidecars} if sidecars else {})}
