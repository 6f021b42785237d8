# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slips in the inventory's variables that a service file takes as they are: names misspelt, values changed by YAML."""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import uses
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_values import near_name
from ansible_collections.longshore.fleet.plugins.plugin_utils._yaml_numbers import changed_values

Variables = dict[str, t.Any]


def misspelt(hosts: t.Iterable[str], task_vars: Variables, known: t.Collection[str]) -> t.Iterator[str]:
    """Yield a warning for each variable of these hosts that looks like one of ours; each is told once."""
    first: dict[str, str] = {}
    for host in hosts:
        for name in task_vars["hostvars"][host]:
            first.setdefault(str(name), host)
    for name, host in first.items():
        near = None if name in known or name.startswith(("ansible_", "_")) else near_name(name, known)
        if near:
            yield f"{name}, a variable of {host}, is none that Longshore reads; did you mean {near}?"


def changed_in_files(
    loader: DataLoader, sources: t.Iterable[str], hosts: t.Sequence[str], task_vars: Variables, data: Variables
) -> t.Iterator[str]:
    """Yield an error for each unquoted number or date in the hosts' group_vars and host_vars that YAML changes.

    ``data``: the service file. Told are keys of ours and what its templates use; all else is none of our business.
    """
    for file in variable_files(loader, sources, hosts, task_vars):
        with contextlib.suppress(AnsibleError, UnicodeError, yaml.YAMLError):  # of which Ansible tells
            for problem in changed_values(loader.get_text_file_contents(file)):
                name = re.split(r"[.\[:]", problem, maxsplit=1)[0]
                if name.startswith("service_") or uses(name, data, data):
                    yield f"{file}: {problem}"


def variable_files(
    loader: DataLoader, sources: t.Iterable[str], hosts: t.Sequence[str], task_vars: Variables
) -> t.Iterator[str]:
    """Yield the files of variables that Ansible reads for these hosts, beside the inventory and beside the playbook."""
    groups = [group for group, members in task_vars["groups"].items() if not set(members).isdisjoint(hosts)]
    there = [source for source in sources if os.path.exists(source)]
    places = [source if os.path.isdir(source) else os.path.dirname(os.path.abspath(source)) for source in there]
    for place in dict.fromkeys([*places, *filter(None, [task_vars.get("playbook_dir")])]):
        for folder, names in (("group_vars", groups), ("host_vars", hosts)):
            if os.path.isdir(os.path.join(place, folder)):
                for name in names:
                    yield from loader.find_vars_files(os.path.join(place, folder), name)
