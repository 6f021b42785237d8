# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with ``service_sidecars`` on every host, told before any is asked; templates are left to the hosts."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import SIDECAR
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import sidecar_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_rules import (
    container_problems,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.image_kinds import IMAGE, problems_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar import (
    KEY,
    refuse_shared_ports,
    refuse_unfit,
    refuse_wrong_name,
    sidecar_files,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import COMMAND
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_values import has_template

Data = dict[str, t.Any]
Spec = dict[str, Data]
Wrong = t.Callable[[t.Any, Data, str], t.Iterable[str]]
NOT_OF_SIDECARS = "from_code"
TWICE = "stands there twice, and the last one would hold alone; rename one of them"


def sidecar_problems(data: Data, service: str, spec: Spec, path: Path, wrong: Wrong) -> list[str]:
    """Return all problems. ``spec``: of the service file; ``wrong``: tells wrong keys and types by a spec."""
    sidecars = data.get(KEY)
    if not isinstance(sidecars, dict):
        return []
    options = _options(spec)
    problems: list[str] = []
    for name, one in sidecars.items():
        where = f"{KEY}.{name}"
        own = [*_failures(refuse_wrong_name, name), *wrong(one, {"type": "dict", "options": options}, where)]
        own = own or [*_values(one, where), *_names_of_others(service, str(name), path)]
        problems += own
    if not problems and not has_template([data.get("service_container"), *map(_container, sidecars.values())]):
        problems += _failures(refuse_shared_ports, service, data.get("service_container") or {}, sidecars)
    return problems


def doubled(text: str) -> list[str]:
    """Return a problem for each sidecar that a service file's text has twice: YAML would keep the last one only."""
    root = yaml.compose(text.encode(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if KEY in text else None
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == KEY and isinstance(value, yaml.MappingNode):
            names = [str(name.value) for name, _one in value.value]
            twice = sorted({name for name in names if names.count(name) > 1})
            return [f"{KEY}.{name}: {TWICE}" for name in twice]
    return []


def _options(spec: Spec) -> Spec:
    """Return what a sidecar may have, by the specs of the service's own keys."""
    image = {**spec["service_image"], "required": True}
    image["options"] = {key: one for key, one in image["options"].items() if key != NOT_OF_SIDECARS}
    files = {**spec["service_files"]}
    own = {key: {**one} for key, one in SIDECAR.items() if key in ("start", "ready", "once", "alone")}
    # What on_change says is told by who reads the files.
    return {"image": image, "container": spec["service_container"], "files": files, **own}


def _values(one: t.Any, where: str) -> t.Iterator[str]:
    if has_template(one) and not isinstance(one, dict):
        return
    image, container = one["image"], one.get("container")
    if isinstance(image, dict):
        if len({"context", "from"} & image.keys()) != 1:
            yield f"{where}.image: give it either context, to build it, or from, to take it as it is"
        plain = {key: value for key, value in image.items() if not has_template(value)}
        yield from problems_of(plain, IMAGE, f"{where}.image")
    if isinstance(container, dict) and not has_template(container):
        yield from container_problems(container, f"{where}.container")
    if one.get("ready") is not None and not has_template(one["ready"]):
        yield from COMMAND.problems(one["ready"], f"{where}.ready")
    yield from _failures(refuse_unfit, one, where)
    if one.get("files") and not has_template([_known(entry) for entry in one["files"]]):
        yield from _failures(sidecar_files, [{**entry, "content": ""} for entry in one["files"]], where)


def _known(entry: t.Any) -> t.Any:
    return {key: value for key, value in entry.items() if key != "content"} if isinstance(entry, dict) else entry


def _container(one: t.Any) -> t.Any:
    return one.get("container") if isinstance(one, dict) else one


def _names_of_others(service: str, name: str, path: Path) -> t.Iterator[str]:
    """Yield a problem where a service of the fleet is called as the sidecar's container would be."""
    named = re.compile(rf"{re.escape(service)}(-[1-9][0-9]*)?\.{re.escape(name)}")
    for other in sorted(path.parent.glob(f"{service}*.yml")):
        if named.fullmatch(other.stem):
            container = sidecar_of(service, name)
            yield f"{KEY}.{name}: its container {container} is called like the service {other}; rename one of them"


def _failures(check: t.Callable[..., t.Any], *arguments: t.Any) -> t.Iterator[str]:
    try:
        check(*arguments)
    except Failure as failure:
        yield from str(failure).splitlines()
