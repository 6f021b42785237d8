# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All service files of the fleet, as plays that are about no single service read them."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import INSTANCES, entries_of, names_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._inventory import fleet_folder, hosts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Templar
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_values import has_template
from ansible_collections.longshore.fleet.plugins.plugin_utils._settings import extra_settings, same_for_all

Variables = dict[str, t.Any]
# What comes before the inventory's variables: the extra variables, and what the file says, templates untouched.
Sources = tuple[Variables, Variables]
display = Display()


class FleetFiles:
    """Reads the files on the controller, without the checks that a deploy makes."""

    def __init__(self, loader: DataLoader, templar: Templar, task_vars: Variables) -> None:
        self.loader = loader
        self._templar = templar
        self._variables = task_vars

    @property
    def folder(self) -> Path:
        """The folder of services/, which holds the fleet key too."""
        chosen = self._templar.template(self._variables.get("fleet_folder"))
        return Path(str(fleet_folder(self._variables["inventory_dir"], chosen)))

    def paths(self, chosen: str | None = None) -> list[Path]:
        """Return all service files, or that of the chosen service."""
        paths = sorted((self.folder / "services").glob("*.yml"))
        return [path for path in paths if chosen in (None, path.stem)]

    def told(self, path: Path, keys: t.Iterable[str], otherwise: str) -> tuple[list[str], list[t.Any]] | None:
        """Return the hosts of a service and the values of some keys; None and a warning where its file cannot tell.

        ``otherwise``: what cannot be told then, and what comes of that.
        """
        try:
            sources = self.sources(path)
            hosts = self.hosts(sources)
            return hosts, [self.value(key, sources, hosts) for key in keys]
        except (AnsibleError, Failure) as error:
            display.warning(f"{path}: {otherwise}: {error}")
            return None

    def sources(self, path: Path) -> Sources:
        """Return where the keys of a service are looked up first."""
        try:
            data = self.loader.load_from_file(str(path), trusted_as_template=True) or {}
        except (UnicodeDecodeError, RecursionError) as error:
            raise Failure(f"the file cannot be read ({error}); save it as UTF-8 text, and flatter") from error
        if not isinstance(data, dict):
            raise Failure("expected a mapping of variables, such as service_image: {...}")
        return extra_settings(self.loader), data

    def hosts(self, sources: Sources) -> list[str]:
        """Return the hosts of a service."""
        pattern = self.value("service_hosts", sources, self._variables["groups"]["all"])
        return hosts_of("all" if pattern is None else pattern, self._variables)

    def instances(self, path: Path, host: str) -> list[str]:
        """Return the names of a service's instances on a host."""
        extra, data = self.sources(path)
        hostvars = self._variables["hostvars"]
        given = next((s[INSTANCES] for s in (extra, data, hostvars.raw_get(host)) if INSTANCES in s), 1)
        if has_template(given):
            variables = {**hostvars.raw_get(host), "hostvars": hostvars, **data, **load_extra_vars(self.loader)}
            given = self._templar.copy_with_new_env(available_variables=variables).template(given)
        return names_of(path.stem, len(entries_of(given)))

    def value(self, key: str, sources: Sources, hosts: t.Iterable[str]) -> t.Any:
        """Return a key that the service has once, rendered; None where nothing sets it."""
        return self.rendered(self.raw(key, sources, hosts))

    def raw(self, key: str, sources: Sources, hosts: t.Iterable[str]) -> t.Any:
        """Return a key that these hosts have in common, templates untouched; None where nothing sets it."""
        return same_for_all(key, sources, hosts, self._variables)

    def rendered(self, value: t.Any) -> t.Any:
        """Return a value with its templates rendered."""
        return self._templar.template(value)
