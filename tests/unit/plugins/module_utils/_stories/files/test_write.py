# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on their way into their places, and back."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.write import written

Spec = t.Callable[..., InstanceSpec]


def test_what_holds_a_place_does_not_come_back(place: Path, host: t.Any, wanted: Spec) -> None:
    os.close(os.open(place, os.O_CREAT, 0o600))
    new = written(host, wanted(place))
    new.__enter__()
    assert place.read_text() == "new"
    new.__exit__(Failure, Failure("no"), None)
    assert not place.exists()


@pytest.mark.parametrize("planted", ["conf", ".conf.new", ".conf"])
def test_file_of_the_host_behind_a_link_is_neither_written_nor_copied(
    place: Path, tmp_path: Path, planted: str, host: t.Any, wanted: Spec
) -> None:
    """On the way back what was behind the link must not come into the container's folder."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    secret.chmod(0o640)
    (place.parent / planted).symlink_to(secret)
    new = written(host, wanted(place))
    new.__enter__()
    assert place.read_text() == "new"
    new.__exit__(Failure, Failure("no"), None)
    assert (secret.read_text(), secret.stat().st_mode & 0o777) == ("secret", 0o640)
    assert not any(found.read_text() == "secret" for found in place.parent.iterdir() if not found.is_symlink())


@pytest.mark.parametrize("of", ["mounted read-only", "directory"])
def test_link_that_a_container_has_left_is_not_followed(place: Path, host: t.Any, wanted: Spec, of: str) -> None:
    """The container that could write there is gone, and the new one cannot, or mounts it elsewhere."""
    (place.parent / "below").symlink_to("/")
    volumes = [f"{place.parent}:/etc/web:ro"] if of == "mounted read-only" else []
    spec = wanted(place.parent / "below" / "conf", volumes, [place.parent] if of == "directory" else [])
    with pytest.raises(Failure, match="below is a symlink in a folder that containers may write"), written(host, spec):
        pass
