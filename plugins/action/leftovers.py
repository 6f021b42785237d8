# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible.errors import AnsibleError
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service, facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles
from ansible_collections.longshore.fleet.plugins.plugin_utils._node_action import NodeAction
from ansible_collections.longshore.fleet.plugins.plugin_utils._pruning import (
    Pruning,
    going_from,
    listed_lines,
    pruning_of,
    rows_of,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import registered
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import (
    read_run_variables,
    run_of,
    switched_on,
)

Result = dict[str, t.Any]
display = Display()


class ActionModule(NodeAction):
    """Finds what services without a file have left, lists it, and removes it where the run says so."""

    stages: t.ClassVar[t.Sequence[str]] = ("read", "find", "list", "remove", "leave")

    def _begin(self) -> None:
        self._pruning = Pruning.from_facts(facts_of(self._variables))

    def _read(self) -> Result:
        """Return what this run is about, kept on localhost."""
        files = FleetFiles(self._loader, self._templar, self._variables)
        services = [self._entry(files, path) for path in files.paths()]
        pruning = pruning_of(read_run_variables(self), services, str(files.folder / "services"))
        return {"changed": False, "ansible_facts": pruning.to_facts()}

    def _entry(self, files: FleetFiles, path: t.Any) -> Result:
        """Return a service that has a file; a file that is wrong names one all the same."""
        try:
            sources = files.sources(path)
            prefix = files.value("service_prefix", sources, files.hosts(sources))
        except (AnsibleError, Failure):
            prefix = None  # its own deploy tells what is wrong
        return {"name": path.stem, **({} if prefix is None else {"prefix": kv_path(prefix, "service_prefix")})}

    def _find(self) -> Result:
        return self._pruned()

    def _list(self) -> Result:
        """Show what was found, and return where something of it goes."""
        everybody = self._variables["ansible_play_hosts_all"]
        gathered = registered(self._variables, everybody, "__service_leftovers")
        hosts = going_from(self._pruning, gathered)
        for line in listed_lines(self._pruning, gathered):
            display.display(printable(line))
        facts = replace(self._pruning, hosts=hosts).to_facts()
        return {"changed": False, "rows": rows_of(gathered), "ansible_facts": facts}

    def _remove(self) -> Result:
        return self._shown(self._pruned())

    def _leave(self) -> Result:
        """Remove the service of this rollout from a host that is none of its any more."""
        facts = facts_of(self._variables)
        service, volumes = Service.from_facts(facts), switched_on(run_of(facts), "volumes")
        settings = {key: service.rollout[key] for key in ("drain", "lock_wait")}
        own = {"name": service.name, "prefix": service.prefix, **settings}
        return self._shown(self._node("left", [own], service=service.name, volumes=volumes))

    def _shown(self, result: Result) -> Result:
        for step in result.get("steps", ()):
            display.display(printable(f"{self._variables['inventory_hostname']}: {step}"))
        return result

    def _pruned(self) -> Result:
        """Return what goes, or would go in check mode."""
        pruning = self._pruning
        return self._node("pruned", pruning.services, service=pruning.service, volumes=pruning.volumes)
