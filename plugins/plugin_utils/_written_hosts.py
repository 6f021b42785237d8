# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key ``service_hosts`` written into a service file, whose comments and other lines stay as they are."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import typing as t
from pathlib import Path

import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

KEY = "service_hosts"
BY_HAND = "write it by hand"


def with_hosts(text: str, hosts: t.Sequence[str]) -> str:
    """Return the text of a service file with these hosts; refuse where more than the one value would change."""
    pattern = ",".join(hosts)
    written = pattern if yaml.safe_load(pattern) == pattern else json.dumps(pattern)
    entries = _entries(text)
    own = [(key, value) for key, value in entries if key.value == KEY]
    if not entries:
        raise Failure(f"has no key beside which {KEY} could stand; {BY_HAND}")
    if not own:
        first = entries[0][0].start_mark
        newline = "\r\n" if "\r\n" in text else "\n"
        return f"{text[: first.index]}{KEY}: {written}{newline}{' ' * first.column}{text[first.index :]}"
    start, end = _place_of(own, text)
    space = "" if text[start - 1].isspace() else " "  # nothing was there
    changed = f"{text[:start]}{space}{written}{text[end:]}"
    if [value.value for key, value in _entries(changed) if key.value == KEY] != [pattern]:
        raise Failure(f"{KEY}: cannot be replaced by {written}; {BY_HAND}")
    return changed


def write(path: Path, text: str) -> None:
    """Write a file anew as a whole, with the mode that it has; where a link leads, not the link."""
    target = path.resolve()
    try:
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        shutil.copymode(target, beside)
        os.replace(beside, target)
    except OSError as error:
        raise Failure(f"{target} cannot be written: {error.strerror}; nothing was changed") from error


def _entries(text: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """Return the keys of the file and their values, with the places where they stand."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return []
    if root.flow_style:
        raise Failure(f"is one mapping in braces; {BY_HAND}")
    return [(key, value) for key, value in root.value if isinstance(key, yaml.ScalarNode)]


def _place_of(own: list[tuple[yaml.ScalarNode, yaml.Node]], text: str) -> tuple[int, int]:
    """Return where the value begins and ends; it must be a text of one line that is nobody else's."""
    if len(own) > 1:
        raise Failure(f"{KEY}: is there twice; remove one of them")
    key, value = own[0]
    start, end = value.start_mark.index, value.end_mark.index
    if not isinstance(value, yaml.ScalarNode) or value.style in ("|", ">") or "\n" in text[start:end].rstrip():
        raise Failure(f"{KEY}: is no text of one line; {BY_HAND}")
    if "{{" in value.value or "{%" in value.value:
        raise Failure(f"{KEY}: is a template, {value.value!r}; {BY_HAND}")
    if start < key.end_mark.index or text[start : start + 1] in ("&", "!"):
        raise Failure(f"{KEY}: has an anchor, an alias or a tag; {BY_HAND}")
    return start, end
