# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of ``config/`` beside the inventory: what goes into Consul's KV, one file per prefix."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.parsing.vault import EncryptedString, is_encrypted

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv import flat, refuse_clash
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_values import stored
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import nearest
from ansible_collections.longshore.fleet.plugins.plugin_utils._yaml_numbers import changed_values

# Who wins where the KV was edited by hand: the file in all, the file in what it lists, the KV.
# Of a file that was deleted: its keys are removed.
MANAGE = ("all", "listed", "seed", "absent")
NO_SECRETS = "secrets don't belong into the KV; put it into the service file's service_secrets"
Load = t.Callable[[str], t.Any]


@dataclass(frozen=True)
class ConfigFile:
    """One file: ``name`` is the prefix, such as ``common`` or ``common@dc1``; ``manage`` one of ``MANAGE``."""

    name: str
    path: Path
    data: dict[str, t.Any]
    manage: str

    def to_result(self) -> dict[str, t.Any]:
        """As the playbook passes it on to the module kv."""
        return {
            "name": self.name,
            "path": str(self.path),
            "data": self.data,
            "purge": self.manage in ("all", "absent"),
            "overwrite": self.manage != "seed",
        }


def config_files(folder: Path, load: Load, manage: t.Any, groups: t.Collection[str]) -> list[ConfigFile]:
    """Return all files by name, or one ``Failure`` with a line for each problem of each file.

    ``load`` reads a YAML file; ``manage``: name of a prefix -> who wins; ``groups``: those of the inventory.
    """
    if not folder.is_dir():
        raise Failure(f"{folder}: there is no such folder; make it, with a file for each prefix, such as common.yml")
    paths = {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yml"))}
    problems = [f"{path}: is not read; rename it to {path.stem}.yml" for path in _misnamed(folder)]
    problems += _wrong_manage(manage, tuple(paths), groups)
    files = []
    for name, path in paths.items():
        wrong_name = _wrong_name(name, groups)
        if wrong_name:
            problems.append(f"{path}: {wrong_name}")
            continue
        try:
            files.append(ConfigFile(name, path, read(path, load), manage_of(name, manage)))
        except Failure as failure:
            problems += str(failure).splitlines()
    problems += _within_purged(files)
    if problems:
        raise Failure("\n".join(problems))
    return files + [ConfigFile(name, folder / f"{name}.yml", {}, "absent") for name in _absent(manage)]


def unseen_layers(manage: dict[str, t.Any]) -> str | None:
    """Return a warning where a deleted layer would be expected to leave the KV, and does not."""
    bases = sorted(name for name, choice in manage.items() if choice == "all" and "@" not in name)
    if not bases:
        return None
    return (
        f"config_manage has all for {', '.join(bases)}, whose layers are managed as long as they have a file: one whose"
        f" file was deleted stays in the KV, in force. To have it removed, write it into config_manage, such as"
        f" {bases[0]}@DATACENTER: absent. The module longshore.fleet.kv_info shows which there are."
    )


def manage_of(name: str, manage: t.Any) -> str:
    """Return who wins: as said of the prefix itself, else of the one whose layer it is, else listed."""
    chosen = manage if isinstance(manage, dict) else {}
    of_base = chosen.get(name.partition("@")[0], "listed")
    return str(chosen.get(name, "listed" if of_base == "absent" else of_base))


def _absent(manage: dict[str, t.Any]) -> list[str]:
    """Return the prefixes whose keys are to be removed."""
    return sorted(str(name) for name, choice in manage.items() if choice == "absent")


def read(path: Path, load: Load) -> dict[str, t.Any]:
    """Return one file's data, in a form that the KV can hold; ``Failure`` has a line for each value that it can't."""
    if is_encrypted(path.read_bytes()):
        raise Failure(f"{path}: is encrypted by Ansible Vault, but {NO_SECRETS}")
    try:
        data = load(str(path))
    except AnsibleError as error:
        raise Failure(f"{path}: is not valid YAML; correct it: {' '.join(str(error).split())}") from error
    if data is None:
        raise Failure(f"{path}: is empty; write keys, or {{}} where none are meant")
    if not isinstance(data, dict):
        raise Failure(f"{path}: expected a mapping of keys to values, such as heap: 256m, got {data!r}")
    values = flat(data, str(path))
    problems = [f"{path}: {problem}" for problem in changed_values(path.read_text(encoding="utf-8"))]
    problems += [problem for key, value in values.items() if (problem := _wrong_value(value, f"{path}: {key}"))]
    if problems:
        raise Failure("\n".join(problems))
    refuse_clash(values, str(path))
    return data


def _wrong_value(value: t.Any, where: str) -> str | None:
    if isinstance(value, EncryptedString):
        return f"{where}: is encrypted by Ansible Vault, but {NO_SECRETS}"
    try:
        stored(value, where)
    except Failure as failure:
        return str(failure)
    return None


def _misnamed(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".json"))


def _wrong_manage(manage: t.Any, names: tuple[str, ...], groups: t.Collection[str]) -> t.Iterator[str]:
    if not isinstance(manage, dict):
        yield f"config_manage: expected a mapping such as {{common: all}}, got {manage!r}"
        return
    for name, choice in manage.items():
        if choice == "absent":
            yield from _wrong_absent(str(name), names, groups)
        elif name not in names:
            yield (
                f"config_manage.{name}: there is no such file in config/ (absent removes the keys of one that was"
                f" deleted); {nearest(str(name), names)}"
            )
        if choice not in MANAGE:
            yield f"config_manage.{name}: {choice!r} is not one of {', '.join(MANAGE)}; {nearest(str(choice), MANAGE)}"


def _wrong_absent(name: str, names: tuple[str, ...], groups: t.Collection[str]) -> t.Iterator[str]:
    """Tell why the keys of a prefix cannot be removed: each of them may be those of a file."""
    layer = name.partition("@")[2]
    gone = layer.removeprefix("group:")  # a group that has left the inventory may well be the reason
    wrong_name = _wrong_name(name, [*groups, gone] if gone else groups)
    if wrong_name:
        yield f"config_manage.{name}: {wrong_name}"
    for other in names:
        if other == name:
            yield f"config_manage.{name}: absent removes these keys, and {name}.yml sets them; delete the file first"
        elif f"{other}/".startswith(f"{name}/") or f"{name}/".startswith(f"{other}/"):
            yield (
                f"config_manage.{name}: absent removes keys that {other}.yml may set, as one prefix lies within the"
                " other; remove them by the module longshore.fleet.kv"
            )


def _wrong_name(name: str, groups: t.Collection[str]) -> str | None:
    base, _at, layer = name.partition("@")
    kind, colon, value = layer.partition(":")
    try:
        kv_path(base, "name")
    except Failure as failure:
        return str(failure)
    if not _at or re.fullmatch(r"[A-Za-z0-9_-]+", layer) or (kind == "node" and value):
        return None
    if kind == "group" and value in groups:
        return None
    if kind == "group" and colon:
        return f"the inventory has no group {value!r}, so no host reads this layer; {nearest(value, tuple(groups))}"
    return f"no host reads the layer @{layer}; name the file {base}@DATACENTER.yml, @group:GROUP.yml or @node:NODE.yml"


def _within_purged(files: list[ConfigFile]) -> t.Iterator[str]:
    for outer in files:
        inner = [file for file in files if outer.manage == "all" and file.name.startswith(f"{outer.name}/")]
        for file in inner:
            yield f"{file.path}: {outer.path} with manage all removes these keys; choose listed for {outer.name}"
