# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import (
    nearest,
    refuse_unknown,
    repository_in,
)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("intervall", "did you mean interval?", id="a typo"),
        pytest.param("xyz", "known are http, interval", id="nothing near"),
    ],
)
def test_unknown_key_is_refused_with_the_right_one(name: str, hint: str) -> None:
    assert nearest(name, ("interval", "http")) == hint
    with pytest.raises(Failure) as failure:
        refuse_unknown({"http": 1, name: 2}, ("interval", "http"), "checks[0]")
    assert str(failure.value) == f"checks[0].{name}: there is no such key; {hint}"


def test_known_keys_pass() -> None:
    refuse_unknown({"http": 1}, ("interval", "http"), "checks[0]")


def test_key_that_is_no_text_is_refused_too() -> None:
    with pytest.raises(Failure, match=r"^checks\[0\].80: there is no such key"):
        refuse_unknown({80: 1}, ("port",), "checks[0]")


@pytest.mark.parametrize(
    ("registry", "name", "repository"),
    [
        pytest.param("registry:5000", "web", "registry:5000/web", id="registry"),
        pytest.param("registry:5000/", "acme/web", "registry:5000/acme/web", id="slash at its end"),
        pytest.param(None, "docker.io/acme/web", "docker.io/acme/web", id="the hub, said so"),
        pytest.param("", "registry.example.com/web", "registry.example.com/web", id="registry in the name"),
        pytest.param(None, "localhost/web", "localhost/web", id="localhost"),
        pytest.param(None, "10.0.0.1:5000/web", "10.0.0.1:5000/web", id="address and port"),
    ],
)
def test_where_an_image_goes(registry: str | None, name: str, repository: str) -> None:
    assert repository_in(registry, name, "service_image.name") == repository


@pytest.mark.parametrize("name", ["web", "acme/web", "library/web"])
def test_a_bare_name_is_not_pushed_to_the_public_hub(name: str) -> None:
    with pytest.raises(Failure, match=r"Docker Hub.*Set service_registry.*docker\.io/.+/web"):
        repository_in(None, name, "service_image.name")
