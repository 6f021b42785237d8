# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options the modules image and code get, from the service file."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._artefacts import Artefacts

CODE = {"repository": "code"}
SSH = {"service_registry_image": "registry:2", "service_registry_port": 5199}


def artefacts(**variables: t.Any) -> Artefacts:
    """Return what a service file says; its texts are templates, as a file's loader marks them."""
    defaults = {"service": "web", "service_image": {}, "service_code": {}, "service_registry": "", **SSH}
    given = DataLoader().load(trust_as_template(yaml.safe_dump({**defaults, **variables})))
    here = {"inventory_dir": "/fleet", "__service_code": {"content": "abc"}, **given}
    return Artefacts(Templar(loader=DataLoader(), variables=here), here)


@pytest.mark.parametrize(
    ("image", "variables", "options"),
    [
        pytest.param({"context": "images/web"}, {}, {"context": "/fleet/images/web"}, id="a folder of the fleet"),
        pytest.param({"context": "../web/."}, {}, {"context": "/web"}, id="beside it"),
        pytest.param({"context": "/srv/web"}, {}, {"context": "/srv/web"}, id="elsewhere"),
        pytest.param({"context": "web"}, {"fleet_folder": "a/b"}, {"context": "/fleet/a/b/web"}, id="fleet_folder"),
        pytest.param({"from": "r/web:1"}, {}, {"from": "r/web:1"}, id="built elsewhere"),
        pytest.param({"name": "site", "from": "a"}, {}, {"name": "site", "from": "a"}, id="a name of its own"),
        pytest.param({"from": "a"}, {"service_registry": "r:5"}, {"from": "a", "registry": "r:5"}, id="registry"),
        pytest.param(
            {"from": "a", "registry": "own"},
            {"service_registry": "r:5"},
            {"from": "a", "registry": "own"},
            id="own one",
        ),
        pytest.param(
            {"from": "a", "registry": ""}, {"service_registry": "r:5"}, {"from": "a", "registry": "r:5"}, id="empty one"
        ),
        pytest.param(
            {"context": "/c", "dockerfile": "D", "args": {"A": 1}, "target": "t", "network": "n", "timeout": "2h"},
            {},
            {"context": "/c", "dockerfile": "D", "args": {"A": 1}, "target": "t", "network": "n", "timeout": "2h"},
            id="how it is built",
        ),
        pytest.param(
            {"from": "a", "version": "{{ tag }}"}, {"tag": "1.4"}, {"from": "a", "version": "1.4"}, id="a template"
        ),
        pytest.param({"from": "a", "version": "{{ tag | default(omit) }}"}, {}, {"from": "a"}, id="omitted"),
        pytest.param("{{ ours }}", {"ours": {"from": "a"}}, {"from": "a"}, id="a template as a whole"),
        pytest.param(
            {"from": "a"}, {"build_docker_host": "ssh://b"}, {"from": "a", "docker_host": "ssh://b"}, id="engine"
        ),
        pytest.param(
            {"context": "/c", "from_code": ["a"]},
            {"service_code": CODE},
            {"context": "/c", "code": {"repository": "/fleet/code", "content": "abc", "files": ["a"]}},
            id="files of the code",
        ),
    ],
)
def test_options_of_the_image(image: t.Any, variables: dict[str, t.Any], options: dict[str, t.Any]) -> None:
    assert artefacts(service_image=image, **variables).image() == {"name": "web", **options}


@pytest.mark.parametrize(
    ("code", "options"),
    [
        pytest.param({}, {"repository": "/fleet/code"}, id="a folder of the fleet"),
        pytest.param({"repository": "."}, {"repository": "/fleet/."}, id="the fleet's own repository"),
        pytest.param({"repository": "/srv/code"}, {"repository": "/srv/code"}, id="a folder elsewhere"),
        pytest.param({"repository": "https://g/web.git"}, {"repository": "https://g/web.git"}, id="a URL"),
        pytest.param({"repository": "git@g:web.git"}, {"repository": "git@g:web.git"}, id="by SSH"),
        pytest.param({"repository": "a/b:c"}, {"repository": "/fleet/a/b:c"}, id="a colon in a path"),
        pytest.param(
            {"name": "n", "version": "v1"}, {"name": "n", "repository": "/fleet/code", "version": "v1"}, id="named"
        ),
        pytest.param({"allow_dirty": True}, {"repository": "/fleet/code", "allow_dirty": True}, id="as it lies there"),
        pytest.param({"registry": "own"}, {"repository": "/fleet/code", "registry": "own"}, id="own registry"),
        pytest.param({"path": "{{ nowhere }}", "mount": "/app"}, {"repository": "/fleet/code"}, id="what hosts need"),
    ],
)
def test_options_of_the_code(code: dict[str, t.Any], options: dict[str, t.Any]) -> None:
    assert artefacts(service_code={**CODE, **code}).code() == {"name": "web-code", **options}


@pytest.mark.parametrize(
    ("kind", "variables", "registry", "runs"),
    [
        pytest.param("image", {"service_image": {"context": "a"}}, "127.0.0.1:5199", True, id="an image"),
        pytest.param("code", {"service_code": CODE}, "127.0.0.1:5199", True, id="code"),
        pytest.param("image", {"service_image": {"context": "a", "registry": "own"}}, "own", False, id="another one"),
        pytest.param("image", {"service_image": {"from": "a"}}, "ssh", False, id="built elsewhere"),
    ],
)
def test_the_controllers_own_registry(kind: str, variables: dict[str, t.Any], registry: str, runs: bool) -> None:
    made = artefacts(service_registry="ssh", **variables)
    assert getattr(made, kind)()["registry"] == registry
    assert (made.ssh_registry is not None) is runs


def test_a_service_without_code_has_no_options_of_it() -> None:
    assert artefacts().code() == {}


def test_a_variable_that_cannot_be_rendered_is_named() -> None:
    with pytest.raises(Failure, match="service_registry: 'nowhere' is undefined"):
        artefacts(service_registry="{{ nowhere }}").image()


@pytest.mark.parametrize(
    ("kind", "variables", "reason"),
    [
        ("code", {"service_code": {"repository": "{{ nowhere }}"}}, "service_code: .*'nowhere' is undefined"),
        ("image", {"service_image": {"context": "{{ nowhere }}"}}, "service_image: .*'nowhere' is undefined"),
        ("image", {"service_image": {"from_code": ["a"]}}, "there is no code; give service_code too"),
    ],
)
def test_what_is_undefined_is_told_by_its_name(kind: str, variables: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(Failure, match=reason):
        getattr(artefacts(**variables), kind)()


@pytest.mark.parametrize(
    ("kind", "variables", "where"),
    [
        pytest.param("image", {"service_image": {"context": "{{ nowhere }}"}}, "r:5/web", id="not how it is built"),
        pytest.param("image", {"service_image": {"context": "c", "name": "a/b"}}, "r:5/a/b", id="a name of its own"),
        pytest.param("image", {"service_image": {"context": "c", "registry": "own"}}, "own/web", id="own registry"),
        pytest.param("image", {"service_image": {"from": "r/web:1.4"}}, "r/web", id="built elsewhere"),
        pytest.param("image", {"service_image": {"from": "r/web@sha256:1"}}, "r/web", id="by its digest"),
        pytest.param("code", {"service_code": CODE}, "r:5/web-code", id="code"),
    ],
)
def test_where_hosts_look_for_what_another_fleet_released(kind: str, variables: dict[str, t.Any], where: str) -> None:
    given = artefacts(service_registry="r:5", build_docker_host="ssh://b", **variables)
    assert given.whereabouts(kind) == {"repository": where, "docker_host": "ssh://b"}


def test_a_service_without_code_has_no_place_for_it() -> None:
    assert artefacts().whereabouts("code") == {}


def test_without_a_registry_an_image_of_another_fleet_goes_nowhere() -> None:
    with pytest.raises(Failure, match="would be pushed to Docker Hub"):
        artefacts(service_image={"context": "c"}).whereabouts("image")
