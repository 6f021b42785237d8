# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sidecars as a service file has them: what is refused, and with what remedy."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.launched import Launched
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from tests.unit.builders import instance_options

Options = dict[str, t.Any]
PUBLISHED = {"network_mode": "bridge", "ports": {"80/tcp": 8080}}


def options(images: t.Collection[str] | None = None, **sidecars: t.Any) -> Options:
    """Return the options of an instance with these sidecars; ``images``: those of which the image is known."""
    names = sidecars if images is None else images
    made = instance_options(sidecars=sidecars, container=sidecars.pop("main", {}))
    made["image"]["sidecars"] = {name: {"reference": f"r/{name}@sha256:1", "content": f"c-{name}"} for name in names}
    return made


def test_sidecars_in_their_order() -> None:
    spec = InstanceSpec.from_options(
        options(nginx={"ready": "test -e /x"}, init={"once": True}, agent={"alone": True, "start": "before"}), {}
    )
    told = [(s.container.name, s.start, s.ready, s.once, s.alone) for s in spec.sidecars]
    assert told == [
        ("web.nginx", "after", ("test", "-e", "/x"), False, False),
        ("web.init", "before", (), True, False),
        ("web.agent", "before", (), False, True),
    ]
    labels = spec.sidecars[0].container.labels()
    assert (labels["longshore.instance"], labels["longshore.image"]) == ("web", "c-nginx")
    assert [spec.sidecars[n].container.options["restart_policy"]["Name"] for n in (0, 1)] == ["always", "no"]
    assert list(spec.container.sidecars) == ["nginx", "init", "agent"]
    assert spec.container.sidecars["agent"]["digest"] == ""


def test_digest_tells_a_changed_sidecar_and_one_alone_too() -> None:
    digests = {
        InstanceSpec.from_options(options(agent={"alone": True, "container": {"environment": {"A": a}}}), {}).digest
        for a in ("1", "2")
    }
    assert len(digests) == 2


def test_a_launch_is_remembered_with_its_sidecars() -> None:
    given = options(nginx={"files": [{"path": "/srv/a.conf", "content": "a"}]})
    note = Launched.from_options({**given, "service": None, "release": None}, {}).to_note()
    again = t.cast(Launched, Launched.from_note(note)).spec("web", {})
    assert again == InstanceSpec.from_options(given, {})


@pytest.mark.parametrize(
    ("sidecars", "error"),
    [
        ({"Nginx": {}}, "service_sidecars: 'Nginx' is not the name of a sidecar"),
        ({"a.b": {}}, "service_sidecars: 'a.b' is not the name"),
        ({"next": {}}, "service_sidecars.next: Longshore names containers like that"),
        ({"once-a": {}}, "service_sidecars.once-a: Longshore names containers like that"),
        ({"nginx": "x"}, "service_sidecars.nginx: expected a mapping"),
        ({"nginx": {"imge": 1}}, "unknown: .*imge"),
        ({"nginx": {"start": "first"}}, "start must be one of: before, after"),
        ({"nginx": {"ready": ""}, "a": {"once": True, "ready": "true"}}, "service_sidecars.a.ready: .* remove ready"),
        ({"a": {"once": True, "start": "after"}}, "service_sidecars.a.start: .* remove start"),
        ({"a": {"once": True, "alone": True}}, "service_sidecars.a.alone: .* remove alone"),
        ({"a": {"container": {"comand": "x"}}}, "service_sidecars.a.container.comand: .*did you mean command"),
        ({"a": {"files": [{"path": "/a", "content": "", "on_change": "none"}]}}, r"a.files\[0\].on_change: .* remove"),
        ({"a": {"files": [{"path": "a", "content": ""}]}}, r"service_sidecars.a.files\[0\].path: 'a' is not an abs"),
        (
            {"a": {"files": [{"path": "/srv/x", "content": ""}]}, "b": {"files": [{"path": "/srv//x", "content": ""}]}},
            r"service_sidecars.b.files: /srv//x is a file of service_sidecars.a.files too",
        ),
        ({"a": {"container": PUBLISHED}, "b": {"container": PUBLISHED}}, "b.container.ports: port 8080 .*a.container"),
        (
            {"a": {"container": PUBLISHED}, "main": PUBLISHED},
            "port 8080 .* that of service_container.ports",
        ),
    ],
)
def test_what_cannot_be_is_refused(sidecars: Options, error: str) -> None:
    with pytest.raises(Failure, match=error):
        InstanceSpec.from_options(options(**sidecars), {})


def test_one_without_an_image_is_refused() -> None:
    with pytest.raises(Failure, match=r"service_sidecars\.nginx\.image: .* deploy again"):
        InstanceSpec.from_options(options(images=(), nginx={}), {})
