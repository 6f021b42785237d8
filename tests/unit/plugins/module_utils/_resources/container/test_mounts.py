# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import (
    binds,
    covering,
    is_mounted,
    lies_in,
    mount_targets,
    mounts_of,
    place_of,
    without_mounts_at,
)


@pytest.mark.parametrize(
    ("options", "mounted"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"volumes": None, "mounts": None, "tmpfs": None}, [], id="nulls"),
        pytest.param(
            {"volumes": ["/a:/b", "data:/c:ro", "/d"]},
            [("volumes[0]", "/a", "/b", False), ("volumes[1]", "", "/c", True), ("volumes[2]", "", "/d", False)],
            id="volumes as a list",
        ),
        pytest.param(
            {"volumes": {"/a": {"bind": "/b", "mode": "ro,z"}, "data": {"bind": "/c"}, "/d": "/e"}},
            [("volumes./a", "/a", "/b", True), ("volumes.data", "", "/c", False), ("volumes./d", "/d", "/e", False)],
            id="volumes as a mapping",
        ),
        pytest.param(
            {"volumes": {"/a": {"bind": "/b", "ro": True}}}, [("volumes./a", "/a", "/b", True)], id="mapping with ro"
        ),
        pytest.param(
            {"mounts": [{"type": "bind", "source": "/a", "target": "/b", "read_only": True}]},
            [("mounts[0]", "/a", "/b", True)],
            id="mount of a folder",
        ),
        pytest.param({"mounts": [{"target": "/b", "source": "data"}]}, [("mounts[0]", "", "/b", False)], id="no type"),
        pytest.param(
            {"mounts": [{"type": "tmpfs", "target": "/b"}]}, [("mounts[0]", "", "/b", False)], id="mount of a tmpfs"
        ),
        pytest.param(
            {"tmpfs": {"/t": "size=1m,ro", "/u": None}},
            [("tmpfs./t", "", "/t", True), ("tmpfs./u", "", "/u", False)],
            id="tmpfs as a mapping",
        ),
        pytest.param(
            {"tmpfs": ["/t:size=1m", "/u"]},
            [("tmpfs[0]", "", "/t", False), ("tmpfs[1]", "", "/u", False)],
            id="tmpfs as a list",
        ),
        pytest.param(
            {"tmpfs": ["/t"], "mounts": [{"target": "/m"}], "volumes": ["/v"]},
            [("volumes[0]", "", "/v", False), ("mounts[0]", "", "/m", False), ("tmpfs[0]", "", "/t", False)],
            id="all three",
        ),
    ],
)
def test_all_notations(options: dict[str, t.Any], mounted: list[tuple[str, str, str, bool]]) -> None:
    found = mounts_of(options)
    assert [(mount.key, mount.source, mount.target, mount.read_only) for mount in found] == mounted
    assert mount_targets(options) == [target for _key, _source, target, _read_only in mounted]
    assert [mount.key for mount in binds(options)] == [key for key, source, _target, _read_only in mounted if source]


@pytest.mark.parametrize(
    ("options", "sees"),
    [
        pytest.param({"volumes": ["/:/host:ro,rslave"]}, True, id="list"),
        pytest.param({"volumes": ["/:/host:ro,private"]}, False, id="private"),
        pytest.param({"volumes": {"/a": {"bind": "/b", "propagation": "shared"}}}, True, id="mapping"),
        pytest.param({"volumes": {"/a": {"bind": "/b", "mode": "rw,slave"}}}, True, id="mapping, as a mode"),
        pytest.param({"volumes": {"/a": {"bind": "/b", "mode": "ro"}}}, False, id="mapping without"),
        pytest.param(
            {"mounts": [{"type": "bind", "source": "/a", "target": "/b", "propagation": "rslave"}]}, True, id="mount"
        ),
    ],
)
def test_propagation(options: dict[str, t.Any], sees: bool) -> None:
    assert [mount.sees_later_mounts for mount in binds(options)] == [sees]


@pytest.mark.parametrize(
    ("path", "folders", "lies"),
    [
        ("/a/b", ["/a"], True),
        ("/a", ["/a/"], True),
        ("/ab", ["/a"], False),
        ("/a", ["/a/b"], False),
        ("/x", ["/"], True),
    ],
)
def test_lies_in(path: str, folders: list[str], lies: bool) -> None:
    assert lies_in(path, folders) == lies


def test_the_nearest_of_two_folders_covers() -> None:
    assert covering("/a/b/c", ["/a", "/a/b/", "/a/b/c/d", "/x"]) == "/a/b/"
    assert covering("/a", ["/a/b"]) == ""


@pytest.mark.parametrize(
    ("options", "place"),
    [
        pytest.param({}, "/srv/web/etc/conf", id="nothing is mounted"),
        pytest.param({"volumes": ["/srv/web:/etc/web:ro"]}, "/etc/web/etc/conf", id="its folder's folder"),
        pytest.param({"volumes": ["/srv/web:/a", "/srv/web/etc:/b"]}, "/b/conf", id="the nearer one of two"),
        pytest.param({"volumes": {"/srv/web/etc/": {"bind": "/b/", "mode": "ro"}}}, "/b/conf", id="as a mapping"),
        pytest.param({"volumes": ["/srv/web/etc/conf:/conf"]}, "/conf", id="the file itself"),
        pytest.param({"volumes": ["data:/srv/web", "/srv/we:/x"]}, "/srv/web/etc/conf", id="others"),
        pytest.param({"mounts": [{"type": "bind", "source": "/srv", "target": "/s"}]}, "/s/web/etc/conf", id="a mount"),
        pytest.param({"mounts": [{"type": "tmpfs", "target": "/s"}]}, "/srv/web/etc/conf", id="no mount of the host's"),
    ],
)
def test_where_a_container_has_a_file(options: dict[str, t.Any], place: str) -> None:
    assert place_of("/srv/web/etc/conf", options) == place
    assert is_mounted("/srv/web/etc/conf", options) == (place != "/srv/web/etc/conf")


def test_only_what_is_mounted_at_these_places_goes() -> None:
    volumes = ["/srv/conf:/etc/conf:ro", "/srv:/etc", "/data"]
    mounts = [{"type": "bind", "source": "/srv/other", "target": "/etc/other"}, {"type": "tmpfs", "target": "/tmp"}]
    left = without_mounts_at(["/etc/conf", "/etc/other"], {"volumes": volumes, "mounts": mounts, "user": "1"})
    assert left == {"volumes": volumes[1:], "mounts": mounts[1:], "user": "1"}
    mapping = {"/srv/conf": {"bind": "/etc/conf"}, "/srv": "/etc"}
    assert without_mounts_at(["/etc/conf"], {"volumes": mapping})["volumes"] == {"/srv": "/etc"}
    assert without_mounts_at(["/t"], {"tmpfs": ["/t:size=1m", "/u"]}) == {"tmpfs": ["/u"]}
