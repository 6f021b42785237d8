# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules image and code, from the service file."""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

from ansible.errors import AnsibleError
from ansible.template import trust_as_template

from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import repository_of
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import repository_in
from ansible_collections.longshore.fleet.plugins.plugin_utils._inventory import fleet_folder
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Templar, evaluated, given
from ansible_collections.longshore.fleet.plugins.plugin_utils._ssh_registry import SSH, SshRegistry

Result = dict[str, t.Any]
OF_IMAGE = ("name", "registry", "context", "from", "dockerfile", "args", "target", "network", "timeout", "version")
OF_CODE = ("name", "registry", "repository", "version", "allow_dirty")
# A path that is absolute, a URL, or what SSH takes: host:path.
ELSEWHERE = re.compile(r"/|.*://|[^/]+:")


class Artefacts:
    """What a service file says of its image and its code. Only the keys in OF_IMAGE and OF_CODE are rendered."""

    def __init__(self, templar: Templar, variables: Result) -> None:
        self._templar = templar
        self._service = evaluated(templar, "service")
        chosen = evaluated(templar, "fleet_folder | default('')")
        self._folder = fleet_folder(variables["inventory_dir"], chosen) or ""
        self._code: Result = variables.get("__service_code") or {}
        # That of the controller, once the options have shown that it is asked for.
        self.ssh_registry: SshRegistry | None = None

    def image(self) -> Result:
        """Return the options of the module image."""
        options = self._options("service_image", OF_IMAGE, self._service)
        if "context" in options:
            options["context"] = os.path.normpath(os.path.join(self._folder, options["context"]))
        for files in given(self._templar, {"from_code": "service_image.from_code"}).values():
            repository = self.code().get("repository")
            if not repository or "content" not in self._code:
                raise Failure("service_image.from_code: there is no code; give service_code too")
            options["code"] = {"repository": repository, "content": self._code["content"], "files": files}
        return options

    def sidecars(self) -> dict[str, Result]:
        """Return name -> the options of the module image, of the image of each sidecar."""
        if not evaluated(self._templar, "service_sidecars | default({}) | length > 0"):
            return {}
        return {name: self._of_sidecar(name) for name in evaluated(self._templar, "service_sidecars | list")}

    def _of_sidecar(self, name: str) -> Result:
        key = f"service_sidecars['{name}'].image"
        options = self._options(key, OF_IMAGE, f"{self._service}-{name}")
        if "context" in options:
            options["context"] = os.path.normpath(os.path.join(self._folder, options["context"]))
        return options

    def registry(self, check: bool) -> contextlib.AbstractContextManager[t.Any]:
        """Have the controller's own registry run meanwhile, where the options name it."""
        return self.ssh_registry.pushed_to(check) if self.ssh_registry else contextlib.nullcontext()

    def code(self) -> Result:
        """Return the options of the module code; none where the service has no code of its own."""
        if not evaluated(self._templar, "service_code | length > 0"):
            return {}
        options = self._options("service_code", OF_CODE, f"{self._service}-code")
        if not ELSEWHERE.match(options["repository"]):
            options["repository"] = f"{self._folder}/{options['repository']}"
        return options

    def whereabouts(self, kind: str) -> Result:
        """Return the repository in which hosts look for it, and the engine; none where the service has no such thing.

        How it is built is not rendered.
        """
        key = f"service_{kind}"
        if not evaluated(self._templar, f"{key} | length > 0"):
            return {}
        default = evaluated(self._templar, "service") + ("-code" if kind == "code" else "")
        options = self._options(key, ("name", "registry", "from"), default)
        origin, engine = options.get("from"), {k: options[k] for k in ("docker_host",) if k in options}
        own = repository_in(options.get("registry"), options["name"], f"{key}.name") if not origin else ""
        return {"repository": repository_of(origin) if origin else own, **engine}

    def _options(self, key: str, names: t.Sequence[str], name: str) -> Result:
        """Return what is given of a key, with its registry, or else that of the service, and with its name."""
        there = evaluated(self._templar, f"{key} | list")
        asked = {option: trust_as_template(f"{{{{ {key}.{option} }}}}") for option in names if option in there}
        try:
            values = self._templar.template(asked)
        except AnsibleError as error:
            raise Failure(f"{key}: {error}") from error
        options = {"name": name, **values, **given(self._templar, {"docker_host": "build_docker_host"})}
        registry = options.pop("registry", None) or evaluated(self._templar, "service_registry")
        if registry == SSH and "from" not in options:
            self.ssh_registry = SshRegistry.of(lambda expression: evaluated(self._templar, expression))
            registry = self.ssh_registry.address
        return {**options, **({"registry": registry} if registry else {})}
