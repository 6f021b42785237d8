# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.plugin_utils._departure import (
    Departure,
    departure_of,
    entry_of,
    places_of,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles
from ansible_collections.longshore.fleet.plugins.plugin_utils._node_action import NodeAction
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import registered
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import read_run_variables

Result = dict[str, t.Any]
display = Display()


class ActionModule(NodeAction):
    """Carries a host through a stage of its departure or its return: decides, and calls the module node."""

    stages: t.ClassVar[t.Sequence[str]] = ("prepare", "choose", "leave", "forget", "return", "drain", "undrain")

    def _begin(self) -> None:
        self._departure = Departure.from_facts(facts_of(self._variables))

    def _prepare(self) -> Result:
        """Return what this run is about, and what the service files say, kept on localhost."""
        variables = self._variables
        run = read_run_variables(self)
        departure = departure_of(run, variables["ansible_play_hosts_all"], variables["groups"]["all"])
        files = FleetFiles(self._loader, self._templar, variables)
        services = [entry_of(files, path, departure.host) for path in files.paths()]
        return {"changed": False, "ansible_facts": replace(departure, services=services).to_facts()}

    def _choose(self) -> Result:
        """Return from where the host is worked on, by what can be reached."""
        pings = registered(self._variables, self._departure.asked, "__host_reached")
        hosts, speakers = places_of(self._departure, pings)
        return {"changed": False, "ansible_facts": replace(self._departure, hosts=hosts, speakers=speakers).to_facts()}

    def _leave(self) -> Result:
        keep = self._departure.keep
        if not (keep or self._departure.speakers):
            raise Failure(
                f"No other host can be reached to clean up after {self._departure.host}; nothing was touched. Tried:"
                f" {', '.join(self._departure.asked[1:]) or 'none, as there is no other within the limit'}"
            )
        reason = self._departure.reason or "patch day"
        return self._shown(self._done("maintenance" if keep else "absent", reason=reason))

    def _return(self) -> Result:
        return self._shown(self._done("traffic"))

    def _drain(self) -> Result:
        departure = self._departure
        reason = departure.reason or "no reason given"
        return self._shown(self._done("drained", **self._chosen(), reason=reason, force=departure.force))

    def _undrain(self) -> Result:
        return self._shown(self._done("undrained", **self._chosen()))

    def _chosen(self) -> Result:
        """Return what is drained or brought back."""
        chosen = {"service": self._departure.service, "instance": self._departure.instance}
        if not any(chosen.values()):
            raise Failure("Say what: -e service=NAME, or -e instance=NAME; status.yml shows what runs")
        return {name: value for name, value in chosen.items() if value}

    def _forget(self) -> Result:
        host = self._departure.host
        left = self._variables["hostvars"][host].get("__host_left") or {}
        if self._task.check_mode and left.get("node"):
            return {"changed": False, "skipped": True}  # it has not left yet
        result = self._shown(self._done("forgotten", host=left.get("node") or host), quiet=not self._departure.dead)
        if not result.get("failed"):
            display.display(f"{host}: take it out of the inventory now, or the next deploy asks for it")
        return result

    def _done(self, state: str, **options: t.Any) -> Result:
        """Return the result of the module node, which knows what the service files say."""
        return self._node(state, self._departure.services, **options)

    def _shown(self, result: Result, quiet: bool = False) -> Result:
        """Show what was done, or would be; ``quiet``: nothing where that is nothing."""
        host = self._departure.host
        steps = result.get("steps", ()) or (() if quiet or result.get("failed") else ("nothing to do",))
        for step in steps:
            display.display(printable(f"{host}: {step}"))
        return result
