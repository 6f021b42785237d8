# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unquoted values that YAML 1.1 reads as another number or date than was written: 0644 is 420, 1.10 is 1.1."""

from __future__ import annotations

import datetime
import typing as t

import yaml


def changed_values(text: str) -> t.Iterator[str]:
    """Yield an error for each unquoted number or date whose text differs from what was written."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text.encode())  # C takes no str of Ansible's own
    try:
        root = loader.get_single_node()
        for path, node in _scalars(root, "", set()) if root else ():
            value = _value(loader, node)
            if value is not None and str(value) != node.value:
                yield f"{path}: YAML reads {node.value} without quotes as {value}; write '{node.value}' or {value}"
    finally:
        loader.dispose()


def _value(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | float | datetime.date | None:
    """Return the number or date that it stands for; None where it is anything else."""
    kind = node.tag.rpartition(":")[2]
    if node.style or kind not in ("int", "float", "timestamp"):
        return None
    try:
        return t.cast("int | float | datetime.date", loader.construct_object(node))
    except ValueError:  # such as the 31st of February, of which the loader tells
        return None


def _scalars(node: yaml.Node, path: str, seen: set[int]) -> t.Iterator[tuple[str, yaml.ScalarNode]]:
    """Yield every value with its path; what an alias refers to comes once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        yield path, node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(value, f"{path}.{key.value}".lstrip("."), seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _scalars(value, f"{path}[{number}]", seen)
