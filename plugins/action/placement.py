# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from dataclasses import replace
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.parsing.vault import is_encrypted
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._candidates import Candidates
from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction, Result
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles, Sources
from ansible_collections.longshore.fleet.plugins.plugin_utils._placement import Candidate, Placement, propose
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import registered
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import (
    FACT,
    read_run_variables,
    run_of,
    switched_on,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import path_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._written_hosts import KEY, with_hosts, write

display = Display()


class ActionModule(ControllerAction):
    """Proposes hosts that fulfil the rules of a service, and writes them where it is told to."""

    options: t.ClassVar[Result] = {"stage": {"choices": ["read", "propose"], "required": True}}

    def story(self, options: Result, task_vars: Result) -> Result:
        self._files = FleetFiles(self._loader, self._templar, task_vars)
        if options["stage"] == "read":
            run = read_run_variables(self)
            path_of(run.get("service"), self._files.folder)
            switched_on(run, "write")
            return {"ansible_facts": {FACT: run}}
        run = run_of(facts_of(task_vars))
        path = path_of(run["service"], self._files.folder)
        try:
            return self._propose(path, switched_on(run, "write"), task_vars)
        except (AnsibleError, Failure) as error:
            raise Failure(f"{path}: {error}") from error

    def _propose(self, path: Path, writes: bool, task_vars: Result) -> Result:
        sources = self._files.sources(path)
        placement, candidates = self._candidates(path.stem, sources, task_vars)
        proposal = propose(placement, path.stem, candidates)
        named = {one.host for one in candidates if one.named}
        lines = [f"{host}: {why}" for host, why in proposal.hosts.items()]
        out = [f"{host}: left out: {why}" for host, why in proposal.left_out.items()]
        for line in (f"Hosts for {path.stem}, out of {len(candidates)}:", *lines, *out):
            display.display(line)
        result: Result = {"hosts": proposal.hosts, "left_out": proposal.left_out}
        if named == set(proposal.hosts):
            display.display(f"{KEY} names these hosts already.")
            return result
        pattern = ",".join(proposal.hosts)
        if not writes:
            display.display(f"Nothing is written. With -e write=true {path} gets {KEY}: {pattern}")
            return result
        if KEY in sources[0]:
            raise Failure(f"{KEY}: is given by -e, which holds before the file; leave it out to write the file")
        return {**result, **self._written(path, list(proposal.hosts))}

    def _candidates(self, service: str, sources: Sources, task_vars: Result) -> tuple[Placement, list[Candidate]]:
        """Return the rules, and what they ask of the hosts: those that are named, and all within the limit."""
        everybody = task_vars["ansible_play_hosts_all"]
        pattern = self._files.value(KEY, sources, task_vars["groups"]["all"])
        named = [] if pattern is None else self._files.hosts(sources)
        gathered = registered(task_vars, everybody, "__service_instances")
        reading = Candidates(service, self._files, sources, self._templar, task_vars)
        placement = reading.placement(named or everybody)
        candidates = reading.of(placement, list(dict.fromkeys([*named, *everybody])))
        return placement, [
            replace(
                one,
                named=one.host in named,
                runs=bool(gathered.get(one.host, {}).get("instances")),
                reached="instances" in gathered.get(one.host, {}),
            )
            for one in candidates
        ]

    def _written(self, path: Path, hosts: list[str]) -> Result:
        """Write the hosts into the file; in check mode only tell it."""
        raw = path.read_bytes()
        if is_encrypted(raw):
            raise Failure("is encrypted by Ansible Vault; write service_hosts by hand (ansible-vault edit)")
        before = raw.decode()
        after = with_hosts(before, hosts)
        if not self._task.check_mode:
            write(path, after)
        verb = "would be written" if self._task.check_mode else "written"
        display.display(f"{path}: {verb}: {KEY}: {','.join(hosts)}. The plan of a deploy shows what comes of it.")
        header = str(path)
        return {
            "changed": True,
            "diff": {"before": before, "after": after, "before_header": header, "after_header": header},
        }
