# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the place of a file before it is written."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.validate import invalid_files

Spec = t.Callable[[Path], t.Any]


def test_folder_in_the_place_of_a_file_is_a_problem(place: Path, host: t.Any, wanted: Spec) -> None:
    place.mkdir()
    (problem,) = invalid_files(host, wanted(place))
    assert problem == f"service_files: {place}: a folder is in its place. Look what made it, and remove it."


def test_folder_that_is_missing_is_a_problem(place: Path, host: t.Any, wanted: Spec) -> None:
    (problem,) = invalid_files(host, wanted(place.parent / "none" / "conf"))
    assert problem.endswith("its folder is missing. List it in service_directories.")


@pytest.mark.parametrize(("planted", "what"), [("link", "symlink"), ("pipe", "special file")])
def test_what_is_no_file_in_the_place_of_a_file_is_a_problem(
    place: Path, planted: str, what: str, host: t.Any, wanted: Spec
) -> None:
    os.mkfifo(place) if planted == "pipe" else place.symlink_to("/etc/passwd")
    (problem,) = invalid_files(host, wanted(place))
    assert problem == f"service_files: {place}: a {what} is in its place. Look what made it, and remove it."


def test_link_above_a_file_is_a_problem(place: Path, host: t.Any, wanted: Spec) -> None:
    (place.parent / "sub").symlink_to("/etc")
    (problem,) = invalid_files(host, wanted(place.parent / "sub" / "conf", [f"{place.parent}:/etc/web"]))
    assert "sub is a symlink in a folder that containers may write" in problem
