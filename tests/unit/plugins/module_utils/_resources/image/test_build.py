# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.build import Build, build_args
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.context import Context, Entry

BUILD = Build(
    context=Context(Path("/a"), (Entry("Dockerfile", "file", "00", False),)),
    dockerfile="Dockerfile",
    bases={"debian:12": "sha256:1"},
    buildkit="",
    args={"A": "1"},
    target=None,
    network=None,
)


@pytest.mark.parametrize(
    ("difference", "counts"),
    [
        pytest.param({"context": Context(Path("/a"), (Entry("Dockerfile", "file", "01", False),))}, True, id="a file"),
        pytest.param({"dockerfile": "Dockerfile.worker"}, True, id="Dockerfile"),
        pytest.param({"bases": {"debian:12": "sha256:2"}}, True, id="base"),
        pytest.param({"args": {"A": "2"}}, True, id="argument"),
        pytest.param({"target": "test"}, True, id="target"),
        pytest.param({"context": replace(BUILD.context, root=Path("/b"))}, False, id="place of the checkout"),
        pytest.param({"network": "host"}, False, id="network"),
    ],
)
def test_what_the_content_tag_counts(difference: dict[str, t.Any], counts: bool) -> None:
    assert (replace(BUILD, **difference).content != BUILD.content) == counts


def test_content_is_a_tag() -> None:
    assert re.fullmatch(r"c-[0-9a-f]{16}", BUILD.content)


def test_content_is_the_same_with_every_version_of_this_collection() -> None:
    """A new way of counting would replace every container of every fleet."""
    assert BUILD.content == "c-79e964c48b27751b"


def test_arguments_are_strings() -> None:
    assert build_args({"a": "x", "b": 17, "c": True, "d": 3.5}) == {"a": "x", "b": "17", "c": "true", "d": "3.5"}


@pytest.mark.parametrize("value", [None, ["x"], {"x": "y"}])
def test_other_arguments_are_refused(value: t.Any) -> None:
    with pytest.raises(Failure, match=r"args\.JAVA: .* is not a string, number or boolean"):
        build_args({"JAVA": value})
