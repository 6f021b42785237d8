# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.utils.color import ANSIBLE_COLOR
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
    CHANGES,
    DRAINS,
    HISTORY,
    STATUS,
    change_rows,
    drain_rows,
    history_rows,
    hosts_with,
    problem_lines,
    shown_status,
    status_rows,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import message_of, registered
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import (
    FACT,
    read_run_variables,
    run_of,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._status_page import page_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._table import table

SUBJECTS = ("status", "history", "hosts", "prefixes", "service", "addresses", "logs", "exec")
NOTHING = {
    "status": "no host has an instance of ours, and no service file beside the inventory asks for one.",
    "history": "no release is recorded. status.yml shows the services that there are.",
}
Result = dict[str, t.Any]
NO_KEY = "There is no fleet key here (fleet.key or the variable fleet_key), so no signature of a record was checked."
# Columns that Ansible's display has without a terminal.
UNKNOWN = 79
display = Display()


class ActionModule(ControllerAction):
    """Shows on the controller what was gathered of the hosts."""

    options: t.ClassVar[Result] = {
        "subject": {"choices": [*SUBJECTS], "required": True},
        "file": {"type": "path"},
        "page": {"type": "path"},
    }

    def story(self, options: Result, task_vars: Result) -> Result:
        self._files = FleetFiles(self._loader, self._templar, task_vars)
        self._page: str | None = options["page"]
        shown: Result = getattr(self, f"_{options['subject']}")(options["file"], task_vars)
        return shown

    def _status(self, file: str | None, task_vars: Result) -> Result:
        """Show what should run and what does, and return its rows: also without the records, as people look then."""
        services, unread = self._records(task_vars)
        gathered = registered(task_vars, task_vars["ansible_play_hosts_all"], "__service_instances")
        chosen = run_of(facts_of(task_vars)).get("service")
        rows = status_rows(gathered, services, self._expected(chosen, gathered))
        lines = table(shown_status(rows, time.time()), STATUS, _width()) if rows else [_nothing("status", chosen)]
        _show([*lines, *_locks(services), *interrupted_lines(gathered, services), *problem_lines(services)])
        _keep(file, {"rows": rows, "services": services})
        _keep_page(self._page, rows, services, unread.get("msg", ""))
        return {"rows": rows, **unread}

    def _history(self, file: str | None, task_vars: Result) -> Result:
        """Show what was released, and return its rows; of the release that is asked for, each key that it changed."""
        services, unread = self._records(task_vars)
        if unread:
            return unread
        key = read_key(self._templar.template(task_vars.get("fleet_key")), self._files.folder)
        asked = run_of(facts_of(task_vars))
        rows, drains = history_rows(services, key), drain_rows(services)
        columns = ("service", *HISTORY)
        lines = table(rows, columns, _width()) if rows else [_nothing("history", asked.get("service"))]
        drained = ["", *table(drains, DRAINS, _width())] if drains else []
        changed = _changed(rows, asked.get("release"))
        unchecked = [NO_KEY] if rows and key is None else []
        _show([*lines, *drained, *changed, *unchecked, *_locks(services), *problem_lines(services)])
        _keep(file, {"rows": rows, "services": services})
        return {"rows": rows}

    def _records(self, task_vars: Result) -> tuple[Result, Result]:
        """Return the records of the services, by the first host that could read them; else none, and the failure."""
        records = registered(task_vars, task_vars["ansible_play_hosts_all"], "__service_records")
        services = next((result["services"] for result in records.values() if "services" in result), None)
        if services is not None:
            return services, {}
        reasons = sorted({message_of(result) for result in records.values() if result})
        return {}, {"failed": True, "msg": "No host could read the records.\n" + "\n".join(reasons)}

    def _hosts(self, file: str | None, task_vars: Result) -> Result:
        """Show what each host lacks, and return its rows."""
        found = registered(task_vars, task_vars["ansible_play_hosts_all"], "__docker_host")
        rows = host_rows(found)
        mending = bool(self._templar.template(task_vars.get("docker_mending", False)))
        _show(host_lines(rows, len(found), mending))
        _keep(file, {"rows": rows})
        return {"rows": rows}

    def _service(self, _file: str | None, task_vars: Result) -> Result:
        """Show what the service file comes to: in its long form, and as lines for a shell of each host."""
        service = Service.from_facts(facts_of(task_vars)).name
        shown = registered(task_vars, task_vars["ansible_play_hosts_all"], "__service_shown")
        _show(service_lines(service, {host: result for host, result in shown.items() if "shell" in result}))
        return {}

    def _addresses(self, _file: str | None, task_vars: Result) -> Result:
        """Show where the services are that have a file, and what to try next."""
        places = [place for path in self._files.paths() for place in self._places(path, task_vars)]
        domain = str(self._templar.template(task_vars.get("consul_domain", "consul")))
        _show(places_lines(places, domain, (self._files.folder / PROGRAM).exists()))
        return {}

    def _places(self, path: Path, task_vars: Result) -> list[Place]:
        """Return where a service is; none where its file cannot tell, as deploys say why."""
        told = self._files.told(path, ["service_port", "service_check"], "it cannot be told where the service is")
        if told is None:
            return []
        hosts, (port, check) = told
        addresses = (str(task_vars["hostvars"][host].get("ansible_host") or host) for host in hosts)
        return [Place.from_keys(path.stem, addresses, port, check)]

    def _logs(self, _file: str | None, task_vars: Result) -> Result:
        """Show the lines of all instances; fail where some could not be read."""
        asked = Asked.from_facts(facts_of(task_vars))
        gathered = registered(task_vars, asked.hosts, "__service_logs")
        problems = log_problems(asked.service, gathered)
        if any(result.get("instances") for result in gathered.values()):
            _show(log_lines(asked.service, gathered))
        return {"failed": True, "msg": "\n".join(problems)} if problems else {}

    def _exec(self, _file: str | None, task_vars: Result) -> Result:
        """Show how the command ended in each instance, and what it wrote; fail where it did not succeed."""
        asked = Asked.from_facts(facts_of(task_vars))
        if self._task.check_mode:
            rows, lines, problems = [], planned_lines(asked), [*asked.problems]
        else:
            rows = exec_rows(registered(task_vars, asked.chosen, "__service_ran"))
            lines, problems = exec_lines(asked, rows), exec_problems(asked, rows)
        _show(lines)
        told = [{name: value for name, value in row.items() if name != "output"} for row in rows]  # it was shown
        return {"rows": told, **({"failed": True, "msg": "\n".join(problems)} if problems else {})}

    def _expected(self, chosen: str | None, gathered: Result) -> dict[str, dict[str, list[str]]]:
        """Service -> the hosts that its file names, with the names of its instances there; all files, or the chosen.

        Of a file that cannot tell, which hides no other service: the hosts that have an instance.
        """
        hosts: dict[str, dict[str, list[str]]] = {}
        for path in self._files.paths(chosen):
            told = self._files.told(path, [], "its hosts cannot be told, so none is shown as missing")
            named = hosts_with(path.stem, gathered) if told is None else told[0]
            hosts[path.stem] = {host: self._names(path, host, told is not None) for host in named}
        return hosts

    def _names(self, path: Path, host: str, is_known: bool) -> list[str]:
        """Return the names of the instances that a host is to run; one where their number cannot be told."""
        try:
            return self._files.instances(path, host) if is_known else [path.stem]
        except (AnsibleError, Failure) as error:
            display.warning(f"{path}: how many instances {host} is to run cannot be told: {error}")
            return [path.stem]

    def _prefixes(self, _file: str | None, _task_vars: Result) -> Result:
        """Return where the records of the services are, and the variables of this run."""
        run = read_run_variables(self)
        return {"ansible_facts": {FACT: run, "longshore_prefixes": self._prefixes_of(run.get("service"))}}

    def _prefixes_of(self, chosen: str | None) -> dict[str, str]:
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


def _show(lines: t.Iterable[str]) -> None:
    for line in lines:
        display.display(line)


def _width() -> int | None:
    """Return how wide the terminal is; None where there is none, as in a pipe.

    Ansible has looked before it took this process from its terminal; a narrow one has ``UNKNOWN`` too.
    """
    return display.columns + 1 if display.columns > UNKNOWN or ANSIBLE_COLOR else None


def _keep(file: str | None, told: Result) -> None:
    """Write what was told as JSON where a file is asked for."""
    if file:
        _write("file", file, json.dumps(told))


def _keep_page(page: str | None, rows: list[Result], services: Result, problem: str) -> None:
    """Write what was told as a page where one is asked for; ``problem``: why records are missing."""
    if page:
        taken = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        _write("page", page, page_of(rows, services, taken, problem))


def _write(option: str, file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{option}: {file} could not be written ({error.strerror}); its folder must be there") from error


def _nothing(subject: str, service: str | None) -> str:
    return f"Nothing to show{f' of {service}' if service else ''}: {NOTHING[subject]}"


def _changed(rows: list[Result], release: str | None) -> list[str]:
    """Return what a release changed, as a table; nothing where none is asked for."""
    if not release:
        return []
    changes = change_rows(rows, release)
    first = [row for row in rows if row["release"] == release and not row["previous"]]
    if first:
        return ["", f"No release before {release} is kept, so what it changed is not known."]
    told = table(changes, CHANGES, _width()) if changes else [f"{release} changed nothing that is recorded."]
    return ["", *told]


def _locks(services: Result) -> list[str]:
    held = ((name, info["lock"]) for name, info in sorted(services.items()) if info["lock"])
    return [printable(f"{name} is being deployed by {holder}") for name, holder in held]
