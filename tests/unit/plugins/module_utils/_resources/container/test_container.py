# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.container import Container
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import (
    next_of,
    previous_of,
    refuse_reserved,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.normalise import normalised
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change

ROTATED = {"type": "json-file", "config": {"max-size": "10m", "max-file": "9"}}


def container(**differing: t.Any) -> Container:
    given: dict[str, t.Any] = {
        "name": "web-1",
        "service": "web",
        "reference": "registry/web@sha256:1",
        "content": "c-1",
        "version": "1.0",
        "options": normalised({"environment": {"PEERS": "10.0.0.1"}}),
        "compared": normalised({"environment": {"PEERS": "stand-in"}}),
        "secrets": {"TOKEN": "digest"},
        "registrations": [{"name": "web", "port": 80}],
    }
    return Container(**{**given, **differing})


def inspected(wanted: Container, **differing: t.Any) -> dict[str, t.Any]:
    """Return the engine's answer for the running container."""
    return {
        "Id": "abc",
        "Name": f"/{wanted.name}",
        "State": {"Status": "running"},
        "RestartCount": 2,
        "HostConfig": {"RestartPolicy": {"Name": "always"}},
        "Config": {"Labels": {**wanted.labels(), "of.the.image": "x"}},
        **differing,
    }


@pytest.mark.parametrize(
    ("options", "differing"),
    [
        pytest.param({}, {}, id="defaults"),
        pytest.param({"network_mode": "bridge"}, {"network_mode": "bridge"}, id="network mode"),
        pytest.param({"network": "app"}, {"network": "app", "network_mode": ...}, id="a network is no host network"),
        pytest.param(
            {"restart_policy": {"Name": "on-failure", "MaximumRetryCount": 3}},
            {"restart_policy": {"Name": "on-failure", "MaximumRetryCount": 3}},
            id="restart policy",
        ),
        pytest.param(
            {"log_config": {"config": {"max-file": 3, "compress": True}}},
            {"log_config": {"type": "json-file", "config": {"max-size": "10m", "max-file": "3", "compress": "true"}}},
            id="rotation, the rest stays ours",
        ),
        pytest.param(
            {"log_config": {"type": "local", "config": None}},
            {"log_config": {**ROTATED, "type": "local"}},
            id="the other driver that writes files",
        ),
        pytest.param(
            {"log_config": {"type": "journald"}},
            {"log_config": {"type": "journald", "config": {}}},
            id="a driver that writes none",
        ),
        pytest.param(
            {"environment": {"A": 1, "B": True, "C": None, "D": "x"}},
            {"environment": {"A": "1", "B": "true", "C": "", "D": "x"}},
            id="environment as mapping",
        ),
        pytest.param(
            {"environment": ["A=1", "B=x=y", "C="]},
            {"environment": {"A": "1", "B": "x=y", "C": ""}},
            id="environment as list",
        ),
        pytest.param({"environment": {}}, {"environment": {}}, id="no environment"),
        pytest.param({"labels": {"a": 1}}, {"labels": {"a": "1"}}, id="labels as mapping"),
        pytest.param({"labels": ["a", "b=1"]}, {"labels": {"a": "", "b": "1"}}, id="labels as list"),
        pytest.param(
            {"command": ["-p", 80, True], "entrypoint": ["/bin/a", 1.5]},
            {"command": ["-p", "80", "true"], "entrypoint": ["/bin/a", "1.5"]},
            id="numbers in commands",
        ),
        pytest.param({"command": "a b", "mem_limit": "8m"}, {"command": "a b", "mem_limit": "8m"}, id="all else"),
    ],
)
def test_normalised(options: dict[str, t.Any], differing: dict[str, t.Any]) -> None:
    defaults = {"network_mode": "host", "restart_policy": {"Name": "always"}, "log_config": ROTATED}
    expected = {key: value for key, value in {**defaults, **differing}.items() if value is not ...}
    assert normalised(options) == expected


def test_labels_hold_what_is_compared_and_no_peers() -> None:
    labels = container(options=normalised({"labels": {"team": 7}, "environment": {"PEERS": "10.0.0.1"}})).labels()
    assert {
        name: labels.pop(name) for name in ("longshore.wanted", "longshore.registrations", "longshore.secrets")
    } == {
        "longshore.wanted": json.dumps(normalised({"environment": {"PEERS": "stand-in"}}), sort_keys=True),
        "longshore.registrations": '[{"name": "web", "port": 80}]',
        "longshore.secrets": '{"TOKEN": "digest"}',
    }
    assert labels == {
        "team": "7",
        "longshore.service": "web",
        "longshore.instance": "web-1",
        "longshore.image": "c-1",
        "longshore.version": "1.0",
    }


def test_found_container() -> None:
    wanted = container()
    assert FoundContainer.from_inspect(inspected(wanted)) == FoundContainer(
        id="abc",
        name="web-1",
        state="running",
        restarts=2,
        limits={"restart_policy": {"Name": "always"}},
        instance="web-1",
        content="c-1",
        version="1.0",
        wanted=wanted.compared,
        secrets=wanted.secrets,
        registrations=wanted.registrations,
    )


@pytest.mark.parametrize("labels", [None, {}, {"of.the.image": "x"}])
def test_container_of_somebody_else(labels: dict[str, str] | None) -> None:
    answer = inspected(container(), Config={"Labels": labels}, HostConfig={"RestartPolicy": {"Name": ""}})
    found = FoundContainer.from_inspect(answer)
    assert (found.instance, found.wanted, found.limits) == ("", {}, {"restart_policy": {"Name": "no"}})


@pytest.mark.parametrize(
    ("differing", "changes"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"options": normalised({"environment": {"PEERS": "10.0.0.9"}})}, [], id="peers alone"),
        pytest.param({"reference": "other/web@sha256:2", "version": "2.0"}, [], id="digest and version alone"),
        pytest.param({"registrations": []}, [], id="registrations are no container"),
        pytest.param({"content": "c-2"}, [("image", "c-1", "c-2")], id="image"),
        pytest.param(
            {"compared": normalised({"environment": {"PEERS": "other"}, "user": 1})},
            [("environment.PEERS", "stand-in", "10.0.0.1"), ("user", None, "1")],
            id="options",
        ),
        pytest.param(
            {"options": normalised({}), "compared": normalised({})},
            [("environment.PEERS", "stand-in", None)],
            id="an option gone",
        ),
        pytest.param({"secrets": {"TOKEN": "other"}}, [("secrets.TOKEN", "set", "changed")], id="secret"),
        pytest.param({"secrets": {}}, [("secrets.TOKEN", "set", None)], id="secret gone"),
        pytest.param({"secrets": {"TOKEN": ""}}, [("secrets.TOKEN", "set", "changed")], id="the host's key is lost"),
        pytest.param(
            {"secrets": {"TOKEN": "digest", "/run/key": "x"}}, [("secrets./run/key", None, "set")], id="secret more"
        ),
        pytest.param(
            {"content": "c-2", "secrets": {}, "compared": normalised({})},
            [("image", "c-1", "c-2"), ("environment.PEERS", "stand-in", "10.0.0.1"), ("secrets.TOKEN", "set", None)],
            id="all of it, image first",
        ),
    ],
)
def test_changes(differing: dict[str, t.Any], changes: list[tuple[str, t.Any, t.Any]]) -> None:
    found = FoundContainer.from_inspect(inspected(container()))
    assert container(**differing).changes_from(found) == tuple(Change(*change) for change in changes)


@pytest.mark.parametrize(
    ("options", "compared", "config", "changes"),
    [
        pytest.param(
            {"command": ["--peers=10.0.0.2", "-v"]},
            {"command": ["--peers=192.0.2.1:65001", "-v"]},
            {"Cmd": ["--peers=10.0.0.1"]},
            [("command", ["--peers=10.0.0.1"], ["--peers=10.0.0.2", "-v"])],
            id="a list",
        ),
        pytest.param(
            {"command": "run --state new"},
            {"command": "run --state join"},
            {"Cmd": ["run", "--state", "new", "a b"]},
            [("command", "run --state new 'a b'", "run --state new")],
            id="one text",
        ),
        pytest.param(
            {"entrypoint": ["/new", "10.0.0.2"]},
            {"entrypoint": ["/new", "192.0.2.1"]},
            {"Entrypoint": ["/old", "10.0.0.1"]},
            [("entrypoint", ["/old", "10.0.0.1"], ["/new", "10.0.0.2"])],
            id="entrypoint",
        ),
        pytest.param(
            {"environment": {"PEERS": "10.0.0.2 new", "A": "1"}},
            {"environment": {"PEERS": "192.0.2.1 new", "A": "1"}},
            {"Env": ["PEERS=10.0.0.1=old", "A=1", "TOKEN=secret", "OF_THE_IMAGE=1"]},
            [("environment.PEERS", "10.0.0.1=old", "10.0.0.2 new")],
            id="environment",
        ),
        pytest.param(
            {"command": ["10.0.0.1"]},
            {"command": ["192.0.2.1 changed"]},
            {"Cmd": ["10.0.0.1"]},
            [("command", ["stand-in"], ["192.0.2.1 changed"])],
            id="what runs is the same",
        ),
    ],
)
def test_a_change_shows_what_ran_and_what_will_run(
    options: dict[str, t.Any], compared: dict[str, t.Any], config: dict[str, t.Any], changes: list[t.Any]
) -> None:
    last = {
        name: ["stand-in"] if isinstance(value, list) else "x" if isinstance(value, str) else {**value, "PEERS": "x"}
        for name, value in compared.items()
    }
    answer = inspected(container(compared=normalised(last)))
    answer["Config"] = {**answer["Config"], **config}
    found = FoundContainer.from_inspect(answer)
    wanted = container(options=normalised(options), compared=normalised(compared))
    assert [(c.key, c.before, c.after) for c in wanted.changes_from(found)] == changes
    assert "secret" not in json.dumps(found.ran)


def test_names_beside_the_instance() -> None:
    assert (previous_of("web"), next_of("web")) == ("web.previous", "web.next")


RESERVED_NAMES = (
    "web.previous",
    "web.next",
    "a.b.validate",
    "web.check-1",
    "web.preflight-0a1b",
    "web.once-migrate",
    "web.exec",
)


@pytest.mark.parametrize("name", RESERVED_NAMES)
def test_names_that_a_replacement_takes_are_refused(name: str) -> None:
    with pytest.raises(Failure, match=rf"^{name} cannot be the name of a service: .* the containers of [abwe.]+ like"):
        refuse_reserved(name)


@pytest.mark.parametrize(
    "name", ["web", "previous", "web-next", "web.previous.de", "next", "web.check", "web.checks-1"]
)
def test_other_names_are_free(name: str) -> None:
    refuse_reserved(name)
