# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values of ``service_image``, ``service_code`` and ``service_registry``: names and references of images."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    OWNER,
    PATH,
    Kind,
    is_path,
    is_scalar,
    list_of,
    mapping_of,
    text,
)

# As Docker's distribution/reference has them.
PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
NAME = rf"(?:{HOST}/)?{PART}(?:/{PART})*"
TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"

REPOSITORY = text("the name of a repository in small letters", "team/web", NAME)
REFERENCE = text(
    "a reference of an image", "registry.example.com/web:1.2", rf"{NAME}(?::{TAG})?(?:@sha256:[0-9a-f]{{64}})?"
)
REGISTRY = text("a registry without http://", "registry.example.com:5000", rf"(?:{HOST}(?:/{PART})*)?")
BELOW = Kind(
    "a path below the folder, without ..",
    "requirements.txt",
    lambda value: isinstance(value, str) and not value.startswith("/") and is_path(f"/{value}"),
)
WORD = text("a text", "test")
FOLDER = text("a folder", "images/web")
# Options of git begin with a dash, and ext:: runs a command.
GIT = text("a folder or a URL of a git repository", "https://git.example.com/web.git", r"(?!-|ext::)[^\0\n]+")
REVISION = Kind(
    "a branch, tag or commit",
    "main",
    lambda value: is_scalar(value) and not str(value).startswith("-") and bool(str(value).strip()),
)

IMAGE: dict[str, Kind] = {
    "name": REPOSITORY,
    "from": REFERENCE,
    "registry": REGISTRY,
    "context": FOLDER,
    "dockerfile": BELOW,
    "args": mapping_of(
        Kind("a single value", '"1.2"', lambda value: is_scalar(value) and value is not None),
        "a mapping of names to values",
        '{VERSION: "1.2"}',
        text("a name", "VERSION", r"[A-Za-z_]\w*"),
    ),
    "target": WORD,
    "network": WORD,
    "version": Kind(
        "a tag of at most 128 letters, digits, '_', '.' and '-'",
        '"1.2"',
        lambda value: is_scalar(value) and text("", "", TAG).accepts(str(value)),
    ),
    "from_code": list_of(BELOW, "a list of paths", "[requirements.txt]"),
}
CODE: dict[str, Kind] = {
    "repository": GIT,
    "version": REVISION,
    "name": REPOSITORY,
    "registry": REGISTRY,
    "path": PATH,
    "mount": PATH,
    "owner": OWNER,
    "group": OWNER,
}
# What says how an image of one's own is built.
OF_CONTEXT = ("dockerfile", "args", "target", "network", "from_code")


def problems_of(values: t.Mapping[str, t.Any], kinds: t.Mapping[str, Kind], where: str) -> t.Iterator[str]:
    """Yield an error for each value that is not of its kind."""
    for name, value in values.items():
        if name in kinds:
            yield from kinds[name].problems(value, f"{where}.{name}")
