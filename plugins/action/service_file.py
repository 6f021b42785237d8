# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible import context
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.parsing.vault import is_encrypted
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils.inventory import hosts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils.rollout import check_rollout
from ansible_collections.longshore.fleet.plugins.plugin_utils.service_file import (
    ServiceFile,
    folder_of,
    literal_secrets,
    path_of,
    schema,
    with_defaults,
    wrong_values,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils.yaml_numbers import changed_values

display = Display()


class ActionModule(ActionBase):
    """Reads and checks the service file on the controller."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _options, arguments = self.validate_argument_spec({"name": {"type": "str"}})
        try:
            facts = self._read(arguments["name"], task_vars or {})
        except Failure as failure:
            return {"failed": True, "msg": str(failure)}
        return {"changed": False, "ansible_facts": {"longshore_service": facts}}

    def _read(self, service: str | None, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        folder = folder_of(context.CLIARGS["inventory"] or (), task_vars.get("inventory_dir"))
        path = path_of(service, folder)
        try:
            data = self._loader.load_from_file(str(path), trusted_as_template=True) or {}
        except AnsibleParserError as error:
            what = "is a folder; make it a file" if path.is_dir() else f"is not valid YAML; correct it: {error}"
            raise Failure(f"{error.obj or path} {what}") from error
        if not isinstance(data, dict):
            raise Failure(f"{path}: expected a mapping of variables, such as service_image: {{...}}")
        spec = schema()
        file = ServiceFile(path.stem, path, data)
        for warning in file.warnings(spec):
            display.warning(warning)
        problems = [f"{path}: {problem}" for problem in changed_values(self._loader.get_text_file_contents(str(path)))]
        problems += file.problems(spec)
        if not is_encrypted(path.read_bytes()):
            problems += [f"{path}: {problem}" for problem in literal_secrets(data.get("service_secrets"))]
        if problems:
            raise Failure("\n".join(problems))
        try:
            rollout = self._templar.template(data.get("service_rollout"))
            hosts = self._templar.template(data.get("service_hosts", spec["service_hosts"]["default"]))
        except AnsibleError as error:
            raise Failure(f"{path}: service_hosts and service_rollout are the same for all hosts: {error}") from error
        if not hosts_of(hosts, task_vars):
            raise Failure(
                f"{path}: service_hosts is {hosts!r}, and no host of the inventory matches. Add such a group to the"
                " inventory, or correct the pattern."
            )
        problems = [f"{path}: {p}" for p in wrong_values(rollout or {}, spec["service_rollout"], "service_rollout")]
        if problems:
            raise Failure("\n".join(problems))
        rollout = with_defaults(rollout, spec["service_rollout"])
        check_rollout(rollout, len(hosts_of(hosts, task_vars)))
        return {"name": path.stem, "path": str(path), "folder": str(folder), "hosts": hosts, "rollout": rollout}
