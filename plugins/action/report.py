# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.plugin_utils._addresses import Place, places_lines
from ansible_collections.longshore.fleet.plugins.plugin_utils._asked import Asked
from ansible_collections.longshore.fleet.plugins.plugin_utils._asked_report import (
    exec_lines,
    exec_problems,
    exec_rows,
    log_lines,
    log_problems,
    planned_lines,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service, facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_folder import PROGRAM
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_key import read_key
from ansible_collections.longshore.fleet.plugins.plugin_utils._host_report import host_lines, host_rows
from ansible_collections.longshore.fleet.plugins.plugin_utils._interrupted import interrupted_lines
from ansible_collections.longshore.fleet.plugins.plugin_utils._long_form import service_lines
from ansible_collections.longshore.fleet.plugins.plugin_utils._reports import (
    DRAINS,
    HISTORY,
    STATUS,
    drain_rows,
    history_rows,
    hosts_with,
    problem_lines,
    status_rows,
    table,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import message_of, registered
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import (
    FACT,
    read_run_variables,
    run_of,
)

SUBJECTS = ("status", "history", "hosts", "prefixes", "service", "addresses", "logs", "exec")
NOTHING = {
    "status": "no host has an instance of ours, and no service file beside the inventory asks for one.",
    "history": "no release is recorded. status.yml shows the services that there are.",
}
NO_KEY = "There is no fleet key here (fleet.key or the variable fleet_key), so no signature of a record was checked."
display = Display()


class ActionModule(ControllerAction):
    """Shows on the controller what was gathered of the hosts."""

    options: t.ClassVar[dict[str, t.Any]] = {
        "subject": {"choices": [*SUBJECTS], "required": True},
        "file": {"type": "path"},
    }

    def story(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        self._files = FleetFiles(self._loader, self._templar, task_vars)
        if options["subject"] == "prefixes":
            run = read_run_variables(self)
            return {"ansible_facts": {FACT: run, "longshore_prefixes": self._prefixes(run.get("service"))}}
        if options["subject"] == "hosts":
            return self._hosts_lack(options["file"], task_vars)
        if options["subject"] == "service":
            return self._service(task_vars)
        if options["subject"] == "addresses":
            return self._addresses(task_vars)
        if options["subject"] == "logs":
            return self._logs(task_vars)
        if options["subject"] == "exec":
            return self._exec(task_vars)
        return self._report(options, run_of(facts_of(task_vars)).get("service"), task_vars)

    def _report(self, arguments: dict[str, t.Any], chosen: str | None, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Show the subject, and return its rows."""
        everybody = task_vars["ansible_play_hosts_all"]
        records = registered(task_vars, everybody, "__service_records")
        services = next((result["services"] for result in records.values() if "services" in result), None)
        subject = arguments["subject"]
        unread: dict[str, t.Any] = {}
        if services is None:
            reasons = sorted({message_of(result) for result in records.values() if result})
            unread = {"failed": True, "msg": "No host could read the records.\n" + "\n".join(reasons)}
            services = {}
        if unread and subject == "history":
            return unread
        drains: list[dict[str, t.Any]] = []
        key, gathered = None, registered(task_vars, everybody, "__service_instances")
        if subject == "history":
            key = read_key(self._templar.template(task_vars.get("fleet_key")), self._files.folder)
            rows, columns = history_rows(services, key), ("service", *HISTORY)
            drains = drain_rows(services)
        else:
            rows, columns = status_rows(gathered, services, self._expected(chosen, gathered)), STATUS
        service = f" of {chosen}" if chosen else ""
        nothing = f"Nothing to show{service}: {NOTHING[subject]}"
        unchecked = [NO_KEY] if rows and subject == "history" and key is None else []
        interrupted = interrupted_lines(gathered, services) if subject == "status" else []
        drained = ["", *table(drains, DRAINS)] if drains else []
        lines = [*(table(rows, columns) if rows else [nothing]), *drained, *unchecked, *_locks(services), *interrupted]
        for line in [*lines, *problem_lines(services)]:
            display.display(line)
        if arguments["file"]:
            Path(arguments["file"]).write_text(json.dumps({"rows": rows, "services": services}), encoding="utf-8")
        # What runs is shown without the records, too: that is when people look.
        return {"rows": rows, **unread}

    def _hosts_lack(self, file: str | None, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Show what each host lacks, and return its rows."""
        found = registered(task_vars, task_vars["ansible_play_hosts_all"], "__docker_host")
        rows = host_rows(found)
        for line in host_lines(rows, len(found)):
            display.display(line)
        if file:
            Path(file).write_text(json.dumps({"rows": rows}), encoding="utf-8")
        return {"rows": rows}

    def _service(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Show what the service file comes to: in its long form, and as lines for a shell of each host."""
        service = Service.from_facts(facts_of(task_vars)).name
        shown = registered(task_vars, task_vars["ansible_play_hosts_all"], "__service_shown")
        lines = service_lines(service, {host: result for host, result in shown.items() if "shell" in result})
        for line in lines:
            display.display(line)
        return {}

    def _addresses(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Show where the services are that have a file, and what to try next."""
        places = [place for path in self._files.paths() for place in self._places(path, task_vars)]
        domain = str(self._templar.template(task_vars.get("consul_domain", "consul")))
        for line in places_lines(places, domain, (self._files.folder / PROGRAM).exists()):
            display.display(line)
        return {}

    def _places(self, path: Path, task_vars: dict[str, t.Any]) -> list[Place]:
        """Return where a service is; none where its file cannot tell, as deploys say why."""
        try:
            sources = self._files.sources(path)
            hosts = self._files.hosts(sources)
            port, check = (self._files.value(key, sources, hosts) for key in ("service_port", "service_check"))
        except (AnsibleError, Failure) as error:
            display.warning(f"{path}: it cannot be told where the service is: {error}")
            return []
        addresses = (str(task_vars["hostvars"][host].get("ansible_host") or host) for host in hosts)
        return [Place.from_keys(path.stem, addresses, port, check)]

    def _logs(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Show the lines of all instances; fail where some could not be read."""
        asked = Asked.from_facts(facts_of(task_vars))
        gathered = registered(task_vars, asked.hosts, "__service_logs")
        problems = log_problems(asked.service, gathered)
        if any(result.get("instances") for result in gathered.values()):
            for line in log_lines(asked.service, gathered):
                display.display(line)
        return {"failed": True, "msg": "\n".join(problems)} if problems else {}

    def _exec(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Show how the command ended in each instance, and what it wrote; fail where it did not succeed."""
        asked = Asked.from_facts(facts_of(task_vars))
        if self._task.check_mode:
            rows, lines, problems = [], planned_lines(asked), [*asked.problems]
        else:
            rows = exec_rows(registered(task_vars, asked.chosen, "__service_ran"))
            lines, problems = exec_lines(asked, rows), exec_problems(asked, rows)
        for line in lines:
            display.display(line)
        told = [{name: value for name, value in row.items() if name != "output"} for row in rows]  # it was shown
        return {"rows": told, **({"failed": True, "msg": "\n".join(problems)} if problems else {})}

    def _expected(self, chosen: str | None, gathered: dict[str, t.Any]) -> dict[str, list[str]]:
        """Service -> the hosts that its file names; all files of the fleet, or that of the chosen service.

        Of a file that cannot tell, which hides no other service: the hosts that have an instance.
        """
        hosts: dict[str, list[str]] = {}
        for path in self._files.paths(chosen):
            try:
                hosts[path.stem] = self._files.hosts(self._files.sources(path))
            except (AnsibleError, Failure) as error:
                display.warning(f"{path}: its hosts cannot be told, so none is shown as missing: {error}")
                hosts[path.stem] = hosts_with(path.stem, gathered)
        return hosts

    def _prefixes(self, chosen: str | None) -> dict[str, str]:
        """Service -> where its data begin in the KV, of those that say it; one file that is wrong hides no others."""
        prefixes: dict[str, str] = {}
        for path in self._files.paths(chosen):
            try:
                sources = self._files.sources(path)
                prefix = self._files.value("service_prefix", sources, self._files.hosts(sources))
                if prefix is not None:
                    prefixes[path.stem] = kv_path(prefix, "service_prefix")
            except (AnsibleError, Failure) as error:
                display.warning(f"{path}: its service_prefix cannot be told, so its records may not be shown: {error}")
        return prefixes


def _locks(services: dict[str, t.Any]) -> list[str]:
    held = ((name, info["lock"]) for name, info in sorted(services.items()) if info["lock"])
    return [printable(f"{name} is being deployed by {holder}") for name, holder in held]
