# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

from ansible import context
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.parsing.vault import is_encrypted
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import MAX_VALUE
from ansible_collections.longshore.fleet.plugins.plugin_utils._candidates import Candidates
from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction
from ansible_collections.longshore.fleet.plugins.plugin_utils._deploy_token import missing_token
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles
from ansible_collections.longshore.fleet.plugins.plugin_utils._host_variables import changed_in_files, misspelt
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import INSTANCES
from ansible_collections.longshore.fleet.plugins.plugin_utils._inventory import (
    check_limit,
    fleet_folder,
    hosts_of,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._placement import broken_rules
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import UNDECRYPTABLE
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import check_rollout
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import (
    FACT,
    read_run_variables,
    refuse_hidden_service,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import (
    ServiceFile,
    Spec,
    folder_of,
    literal_secrets,
    path_of,
    schema,
    with_defaults,
    wrong_values,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._settings import (
    extra_settings,
    lines_of_extra,
    same_for_all,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._sidecar_values import doubled
from ansible_collections.longshore.fleet.plugins.plugin_utils._yaml_numbers import changed_values

# The extra variables, and what the service file says.
Sources = tuple[dict[str, t.Any], dict[str, t.Any]]
display = Display()


class ActionModule(ControllerAction):
    """Reads and checks the service file on the controller."""

    options: t.ClassVar[dict[str, t.Any]] = {
        "name": {"type": "str"},
        "may_be_gone": {"type": "bool", "default": False},
    }

    def story(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        run = read_run_variables(self)
        name = options["name"] or run.get("service")
        try:
            service = self._read(name, options["may_be_gone"], task_vars)
        except RecursionError as error:
            raise Failure(f"services/{name}.yml is nested too deeply; make it flatter") from error
        return {"ansible_facts": {FACT: run, **service.to_facts()}}

    def _read(self, service: str | None, may_be_gone: bool, task_vars: dict[str, t.Any]) -> Service:
        if service and "service" in task_vars:
            refuse_hidden_service(service, self._templar.template(task_vars["service"]))
        chosen = self._templar.template(task_vars.get("fleet_folder"))
        folder = folder_of(context.CLIARGS["inventory"] or (), fleet_folder(task_vars.get("inventory_dir"), chosen))
        path = path_of(service, folder, may_be_gone)
        there = path.exists()
        if not there and not may_be_gone:
            raise Failure(f"{path} is a symlink, and there is nothing where it leads; correct or remove it")
        data, extra, spec = self._data(path) if there else {}, extra_settings(self._loader), schema()
        if there and not may_be_gone:  # what is only removed needs no right file
            self._check(path, data, extra, spec)
        hosts = self._hosts(path, (extra, data), spec, task_vars) if there else []
        everywhere = hosts_of(hosts, task_vars) if hosts else []
        if there and not may_be_gone:
            self._check_variables(path, data, spec, everywhere, task_vars)
            self._check_token(path, task_vars)
            self._check_placement(path, (extra, data), everywhere, task_vars)
        prefix = self._template(path, same_for_all("service_prefix", (extra, data), everywhere, task_vars))
        prefix = kv_path(spec["service_prefix"]["default"] if prefix is None else prefix, "service_prefix")
        if not there:
            display.display(
                f"There is no {path}: its hosts are those that have an instance of {service}, its records are those"
                f" below {prefix}/ in Consul's KV. Where the file had another service_prefix, say -e service_prefix=…"
            )
        if not may_be_gone:
            self._check_limit(path, hosts_of(hosts, task_vars), task_vars)
        return Service(
            name=path.stem,
            path=str(path),
            folder=str(folder),
            hosts=hosts,
            prefix=prefix,
            rollout=self._rollout(path, (extra, data), spec["service_rollout"], hosts, task_vars),
            extra=sorted(extra),
        )

    def _check_limit(self, path: Path, hosts: list[str], task_vars: dict[str, t.Any]) -> None:
        check_limit(path.stem, hosts, context.CLIARGS.get("subset"), task_vars)

    def _data(self, path: Path) -> dict[str, t.Any]:
        """Return what the file says, templates untouched."""
        if path.is_dir():
            raise Failure(f"{path} is a folder; make it a file")
        try:
            path.read_bytes().decode()
            data = self._loader.load_from_file(str(path), trusted_as_template=True) or {}
        except UnicodeDecodeError as error:
            raise Failure(f"{path} is not UTF-8 text (at byte {error.start}); save it as UTF-8") from error
        except AnsibleParserError as error:
            if "nesting depth" in str(error):  # newer versions of libyaml refuse it before Python's recursion ends
                raise Failure(f"{path} is nested too deeply; make it flatter") from error
            raise Failure(f"{error.obj or path} is not valid YAML; correct it: {error}") from error
        except AnsibleError as error:
            raise Failure(f"{path} {UNDECRYPTABLE if is_encrypted(path.read_bytes()) else error}") from error
        if not isinstance(data, dict):
            raise Failure(f"{path}: expected a mapping of variables, such as service_image: {{...}}")
        return data

    def _check(self, path: Path, data: dict[str, t.Any], extra: dict[str, t.Any], spec: Spec) -> None:
        """Refuse wrong keys and values, with all of them at once."""
        size = path.stat().st_size
        if size > MAX_VALUE:
            raise Failure(
                f"{path} has {size} bytes, and each release keeps its text in Consul, which takes {MAX_VALUE}; keep"
                " large texts elsewhere, such as in the image"
            )
        file = ServiceFile(path.stem, path, {**data, **extra})
        for warning in file.warnings(spec):
            display.warning(warning)
        text = self._loader.get_text_file_contents(str(path))
        problems = [f"{path}: {problem}" for problem in (*changed_values(text), *doubled(text))]
        problems += file.problems(spec)
        if not is_encrypted(path.read_bytes()):
            problems += [f"{path}: {problem}" for problem in literal_secrets(data)]
        if problems:
            raise Failure("\n".join([*problems, *lines_of_extra(extra)]))

    def _check_variables(
        self, path: Path, data: dict[str, t.Any], spec: Spec, hosts: list[str], task_vars: dict[str, t.Any]
    ) -> None:
        """Warn of misspelt variables of the hosts, and refuse values that YAML changes in their files."""
        for warning in misspelt(hosts, task_vars, spec):
            display.warning(f"{path}: {warning}")
        problems = list(changed_in_files(self._loader, context.CLIARGS["inventory"] or (), hosts, task_vars, data))
        if problems:
            raise Failure("\n".join(problems))

    def _check_token(self, path: Path, task_vars: dict[str, t.Any]) -> None:
        """Refuse a service for which the fleet's own Consul has no token: its first request would only be denied."""
        missing = missing_token(path.stem, task_vars, self._templar)
        if missing:
            raise Failure(f"{path}: {missing}")

    def _check_placement(self, path: Path, sources: Sources, hosts: list[str], task_vars: dict[str, t.Any]) -> None:
        """Refuse hosts that break a rule of ``service_placement``."""
        files = FleetFiles(self._loader, self._templar, task_vars)
        candidates = Candidates(path.stem, files, sources, self._templar, task_vars)
        try:
            placement = candidates.placement(hosts)
            problems = broken_rules(placement, candidates.of(placement, hosts))
        except (AnsibleError, Failure) as error:
            raise Failure("\n".join([f"{path}: {error}", *lines_of_extra(sources[0])])) from error
        if problems:
            proposing = f"place.yml -e service={path.stem} proposes hosts that fulfil all rules."
            told = [*(f"{path}: {problem}" for problem in problems), proposing, *lines_of_extra(sources[0])]
            raise Failure("\n".join(told))

    def _hosts(self, path: Path, sources: Sources, spec: Spec, task_vars: dict[str, t.Any]) -> t.Any:
        """Return the pattern of the service's hosts, which must match some."""
        given = self._template(path, same_for_all("service_hosts", sources, task_vars["groups"]["all"], task_vars))
        hosts = spec["service_hosts"]["default"] if given is None else given
        if not hosts or not hosts_of(hosts, task_vars):
            raise Failure(
                f"{path}: service_hosts is {hosts!r}, and no host of the inventory matches. Add such a group to the"
                " inventory, or correct the pattern."
            )
        return hosts

    def _rollout(
        self, path: Path, sources: Sources, spec: dict[str, t.Any], pattern: t.Any, task_vars: dict[str, t.Any]
    ) -> dict[str, t.Any]:
        """Return ``service_rollout`` with the documented defaults."""
        hosts = hosts_of(pattern, task_vars) if pattern else []
        given = self._template(path, same_for_all("service_rollout", sources, hosts, task_vars))
        problems = [f"{path}: {problem}" for problem in wrong_values(given or {}, spec, "service_rollout")]
        if problems:
            raise Failure("\n".join([*problems, *lines_of_extra(sources[0])]))
        rollout = with_defaults(given, spec)
        try:
            number = same_for_all(INSTANCES, sources, (), task_vars)
            several = number not in (None, 1) or any(task_vars["hostvars"][h].get(INSTANCES) for h in hosts)
            check_rollout(rollout, None if several else len(hosts))
        except Failure as failure:
            raise Failure("\n".join([f"{path}: {failure}", *lines_of_extra(sources[0])])) from failure
        return rollout

    def _template(self, path: Path, value: t.Any) -> t.Any:
        try:
            return self._templar.template(value)
        except AnsibleError as error:
            raise Failure(f"{path}: service_hosts and service_rollout are the same for all hosts: {error}") from error
