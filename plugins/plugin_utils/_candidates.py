# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of a placement ask of hosts, read from the inventory and the other service files; no host is asked."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.utils.vars import load_extra_vars

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import nearest
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles, Sources, Variables
from ansible_collections.longshore.fleet.plugins.plugin_utils._placement import KEY, Candidate, Placement
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Templar
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import schema, wrong_values

# What Ansible says before the reason.
EVALUATING = "Error while evaluating conditional: "


class Candidates:
    """Reads for one service, whose keys come from ``sources``, what its rules ask of hosts."""

    def __init__(
        self, service: str, files: FleetFiles, sources: Sources, templar: Templar, variables: Variables
    ) -> None:
        self._service = service
        self._files = files
        self._sources = sources
        self._templar = templar
        self._variables = variables

    def placement(self, hosts: t.Sequence[str]) -> Placement:
        """Return the rules; refuse wrong ones, and names that no service has. ``hosts``: of the service."""
        given = self._files.value(KEY, self._sources, hosts) or {}
        problems = list(wrong_values(given, schema()[KEY], KEY))
        if problems:
            raise Failure("\n".join(problems))
        placement = Placement.from_options(given)
        names = [path.stem for path in self._files.paths()]
        for name in placement.never_with:
            if name == self._service:
                raise Failure(f"{KEY}.never_with: names {name} itself; per_rack and count tell how it is spread")
            if name not in names:
                raise Failure(f"{KEY}.never_with: there is no service {name}; {nearest(name, names)}")
        # Rules given for this run alone are all that hold in it, so that somebody can act against them.
        return placement if KEY in self._sources[0] else replace(placement, avoided_by=tuple(self._avoiding()))

    def of(self, placement: Placement, hosts: t.Sequence[str]) -> list[Candidate]:
        """Return what the rules ask of these hosts."""
        rivals = {rival: self._hosts_of(rival) for rival in placement.rivals}
        return [self._candidate(placement, host, rivals) for host in hosts]

    def _candidate(self, placement: Placement, host: str, rivals: dict[str, list[str]]) -> Candidate:
        asked = Candidate(host, rivals=tuple(rival for rival, theirs in rivals.items() if host in theirs))
        if not placement.where and not placement.per_rack:
            return asked
        hostvars = self._variables["hostvars"]
        extra, data = load_extra_vars(self._files.loader), self._sources[1]
        variables = {**hostvars.raw_get(host), "hostvars": hostvars, **data, **extra}
        templar = self._templar.copy_with_new_env(available_variables=variables)
        asked = replace(asked, rack=_rack(templar, variables) if placement.per_rack else None)
        try:
            return replace(asked, fulfils=not placement.where or templar.evaluate_conditional(placement.where))
        except AnsibleError as error:
            return replace(asked, fulfils=False, untold=str(error).removeprefix(EVALUATING))

    def _avoiding(self) -> t.Iterator[str]:
        """Yield the services that are never with this one by their files; only files that have the word are read."""
        for path in self._files.paths():
            if path.stem == self._service or not path.is_file() or b"never_with" not in path.read_bytes():
                continue
            try:
                rules = self._files.value(KEY, self._of_file(path), ())
                if isinstance(rules, dict) and self._service in Placement.from_options(rules).never_with:
                    yield path.stem
            except (AnsibleError, Failure):
                continue  # its own deploy tells what is wrong

    def _of_file(self, path: Path) -> Sources:
        """Return what another service's file says; the extra variables of this run are about this one."""
        return {}, self._files.sources(path)[1]

    def _hosts_of(self, service: str) -> list[str]:
        """Return the hosts of another service."""
        path = self._files.paths(service)[0]
        try:
            return self._files.hosts(self._of_file(path))
        except (AnsibleError, Failure) as error:
            raise Failure(f"{KEY}.never_with: the hosts of {service} cannot be told: {path}: {error}") from error


def _rack(templar: Templar, variables: Variables) -> str | None:
    """Return the host's variable rack as a text."""
    try:
        rack = templar.template(variables.get("rack"))
    except AnsibleError as error:
        raise Failure(f"{KEY}.per_rack: the variable rack of {variables['inventory_hostname']}: {error}") from error
    return None if rack is None or rack == "" else str(rack)
