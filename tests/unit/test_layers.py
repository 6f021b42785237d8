# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of CONTRIBUTING.md: no import goes up, in functions and for types neither, and there is no cycle."""

from __future__ import annotations

import ast
import functools
import graphlib
import re
import typing as t
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
PREFIX = "ansible_collections.longshore.fleet.plugins."
# From the lowest. What stands in module_utils itself is for all of them.
LAYERS = (
    "module_utils",
    "module_utils._resources",
    "module_utils._clients",
    "module_utils._stories",
    "modules",
    "plugin_utils",
    "action callback filter inventory lookup",
)
LONGEST = 300
LONGEST_FUNCTION = 40
FILES = sorted(str(path.relative_to(PLUGINS).with_suffix("")).replace("/", ".") for path in PLUGINS.rglob("*.py"))


def layer_of(name: str) -> int:
    """Return the number of the layer that a file is in; the longest folder wins."""
    fitting = [
        (len(folder), number)
        for number, folders in enumerate(LAYERS)
        for folder in folders.split()
        if name.startswith(f"{folder}.")
    ]
    return max(fitting)[1] if fitting else 0


@functools.cache
def imports_of(name: str) -> frozenset[str]:
    """Return the files of ours that a file imports, wherever in it."""
    tree = ast.parse((PLUGINS / (name.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PREFIX):
            module = node.module.removeprefix(PREFIX)
            found |= {f"{module}.{alias.name}" if f"{module}.{alias.name}" in FILES else module for alias in node.names}
    return frozenset(found)


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("doc_fragments.")])
def test_no_import_goes_up_a_layer(name: str) -> None:
    assert [other for other in sorted(imports_of(name)) if layer_of(other) > layer_of(name)] == []


# A module's file is mostly its documentation.
@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith(("doc_fragments.", "modules."))])
def test_no_file_of_logic_is_too_long_to_read(name: str) -> None:
    text = (PLUGINS / (name.replace(".", "/") + ".py")).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST


def functions_of(name: str) -> t.Iterator[tuple[str, int]]:
    """Yield each function of a file with the number of its lines, those of its head and its docstring not counted."""
    tree = ast.parse((PLUGINS / (name.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_function_is_too_long_to_read() -> None:
    lengths = {f"{name}:{function}": lines for name in FILES for function, lines in functions_of(name)}
    assert [function for function, lines in lengths.items() if lines > LONGEST_FUNCTION] == []


def test_no_file_imports_itself_by_way_of_others() -> None:
    graph = {name: imports_of(name) for name in FILES}
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) == len(FILES)


def test_the_layers_are_those_of_the_guide() -> None:
    guide = (PLUGINS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = [folder for folders in LAYERS for folder in folders.split()]
    assert [folder for folder in folders if f"`plugins/{folder.replace('.', '/')}/`" not in guide] == []


def test_the_answers_of_the_guide_are_where_it_says() -> None:
    guide = (PLUGINS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    answers = re.findall(r"^\|[^|]+\| `([\w/.]+)` \| `(\w+)` \|$", guide, re.MULTILINE)
    assert len(answers) >= 12
    misled = [
        (file, function)
        for file, function in answers
        if f"def {function}(" not in (PLUGINS / file).read_text(encoding="utf-8")
    ]
    assert misled == []


def test_the_recipes_of_the_guide_name_files_that_exist() -> None:
    guide = (PLUGINS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    recipes = guide[guide.index("## Recipes") : guide.index("## Tests")]
    named = re.findall(r"`([\w.]+/[\w/.]+)`", recipes)
    assert [path for path in named if not (PLUGINS.parent / path).exists()] == []


UNIT = Path(__file__).parent / "plugins"
TESTS = sorted(str(path.relative_to(UNIT)) for path in UNIT.rglob("test_*.py"))


@pytest.mark.parametrize("test", TESTS)
def test_tests_lie_where_the_code_lies(test: str) -> None:
    """Beside the file of the same name; one file may have several tests, as reload has test_reload_beside.py.

    A file without a test of its own is tested by those of the stories that use it, and on the lab.
    """
    folder, stem = PLUGINS / Path(test).parent, Path(test).stem.removeprefix("test_")
    there = {path.stem.removeprefix("_") for path in folder.glob("*.py")}
    assert any(stem == name or stem.startswith(f"{name}_") for name in there)
