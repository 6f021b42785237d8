# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unquoted values that YAML 1.1 reads as something else than was written: 0644 is 420, 1.10 is 1.1, yes is true."""

from __future__ import annotations

import re
import typing as t

import yaml

# Keys of a service file below which all values are texts; elsewhere, such as for privileged, yes is as good as true.
OF_TEXTS = "environment|labels|command|entrypoint|sysctls|args|tags|meta|headers?|check|commands|config"
IN_TEXTS = re.compile(rf"service_.*\.({OF_TEXTS})[.\[]")


def changed_values(text: str) -> t.Iterator[str]:
    """Yield an error for each unquoted number, date or word whose text differs from what was written."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text.encode())  # C takes no str of Ansible's own
    try:
        root = loader.get_single_node()
        for path, node in _scalars(root, "", set()) if root else ():
            value = _value(loader, node, bool(IN_TEXTS.match(path)))
            if value is not None and value != node.value:
                yield f"{path}: YAML reads {node.value} without quotes as {value}; write '{node.value}' or {value}"
    finally:
        loader.dispose()


def _value(loader: yaml.SafeLoader, node: yaml.ScalarNode, is_text: bool) -> str | None:
    """Return the number or date that it stands for, and where texts are also true or false; None for anything else."""
    kind = node.tag.rpartition(":")[2]
    if node.style or kind not in ("int", "float", "timestamp", *(["bool"] if is_text else [])):
        return None
    try:
        value = loader.construct_object(node)
    except ValueError:  # such as the 31st of February, of which the loader tells
        return None
    return str(value).lower() if kind == "bool" else str(value)


def _scalars(node: yaml.Node, path: str, seen: set[int]) -> t.Iterator[tuple[str, yaml.ScalarNode]]:
    """Yield every value and key with its path; what an alias refers to comes once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        yield path, node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from ((path, key),) if path and isinstance(key, yaml.ScalarNode) else ()
            yield from _scalars(value, f"{path}.{key.value}".lstrip("."), seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _scalars(value, f"{path}[{number}]", seen)
