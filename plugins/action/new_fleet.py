# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_folder import NewFile, missing, write
from ansible_collections.longshore.fleet.plugins.plugin_utils._new_fleet import NewFleet, address_behind, new_fleet

NEXT = """
Next:
  cd {folder}
  services/web.yml           the first service: which image, which port, which page tells that it is well
  group_vars/all/fleet.yml   what differs from fleet to fleet, such as the registry
  ./fleet up                 prepares the hosts and deploys it; ./fleet alone lists all verbs"""
display = Display()


class ActionModule(ControllerAction):
    """Writes the folder of a new fleet, or what it lacks."""

    options: t.ClassVar[dict[str, t.Any]] = {}

    def story(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:  # noqa: ARG002
        # As they were given: no template in them is rendered.
        given = {**self._task.get_play().vars, **load_extra_vars(self._loader)}
        fleet = new_fleet(given, address_behind)
        files = missing(fleet)
        if not self._task.check_mode:
            write(files, fleet.folder)
        self._tell(fleet, files)
        return {
            "changed": bool(files),
            "folder": str(fleet.folder),
            "written": [file.name for file in files],
            "diff": [file.diff() for file in files],
        }

    def _tell(self, fleet: NewFleet, files: list[NewFile]) -> None:
        verb = "would be written" if self._task.check_mode else "written"
        lines = [f"{file.name}: {verb}" for file in files] or ["Nothing is missing."]
        for line in [f"The fleet {fleet.name} in {fleet.folder}", *lines, NEXT.format(folder=fleet.folder)]:
            display.display(line)
