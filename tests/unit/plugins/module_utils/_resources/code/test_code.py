# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code in a container's options, and the table of decisions where code or files have changed."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import (
    Code,
    Loaded,
    Reload,
    first_command,
    is_shell_without_exec,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import decide
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from tests.unit.builders import found_container, instance_spec, observed

DIGEST = "a" * 64
PLACE = {"path": None, "mount": "/usr/src/app/", "owner": 1000, "group": None}
RELOAD = {
    "action": "signal",
    "signal": "sighup",
    "timeout": "30s",
    "check": [],
    "commands": [],
    "command_timeout": "1m",
    "url": None,
}
FILE_KEY = "files./srv/web.conf"
FILE = {
    "path": "/srv/web.conf",
    "content": "one",
    "owner": 0,
    "group": None,
    "mode": "0644",
    "validate": None,
    "on_change": "signal",
}


def code(**release: t.Any) -> Code:
    told = {"reference": f"registry/web-code@sha256:{DIGEST}", "content": "c1", "version": "v1", **release}
    return Code.from_options(told, PLACE, "web")


def test_where_it_is() -> None:
    made = code()
    assert (made.path, made.mount, made.owner, made.group) == ("/srv/code/web", "/usr/src/app", 1000, 1000)
    assert made.folder == f"/srv/code/web/releases/{DIGEST}"
    assert code(reference=None).release == ""


@pytest.mark.parametrize(
    ("options", "volumes", "working_dir"),
    [
        pytest.param({}, ["/srv/code/web:/usr/src/app:ro"], "/usr/src/app/current", id="nothing else"),
        pytest.param(
            {"volumes": ["/a:/b"], "working_dir": "/b"}, ["/a:/b", "/srv/code/web:/usr/src/app:ro"], "/b", id="a list"
        ),
        pytest.param(
            {"volumes": {"/a": {"bind": "/b"}}},
            {"/a": {"bind": "/b"}, "/srv/code/web": {"bind": "/usr/src/app", "mode": "ro"}},
            "/usr/src/app/current",
            id="a mapping",
        ),
    ],
)
def test_mounted(options: dict[str, t.Any], volumes: t.Any, working_dir: str) -> None:
    mounted = code().mounted(options)
    assert (mounted["volumes"], mounted["working_dir"]) == (volumes, working_dir)


def test_code_is_writable_where_that_is_asked_for() -> None:
    made = replace(code(), writable=True)
    mounted = made.mounted({})
    assert mounted["volumes"] == ["/srv/code/web:/usr/src/app:rw"]
    assert {volume[-3:] for volume in made.staged(mounted, "/run/stage")["volumes"]} == {":rw"}


@pytest.mark.parametrize("volumes", [5, True, "/a:/a"])
def test_volumes_of_no_form(volumes: t.Any) -> None:
    with pytest.raises(Failure, match=r"^service_container\.volumes: expected a list such as "):
        code().mounted({"volumes": volumes})


@pytest.mark.parametrize(
    "options", [{"volumes": ["/a:/b"]}, {"volumes": {"/a": {"bind": "/b", "mode": "ro"}}}], ids=["list", "mapping"]
)
def test_staged(options: dict[str, t.Any]) -> None:
    volumes = code().staged(code().mounted(options), "/run/stage")["volumes"]
    is_mapping = isinstance(volumes, dict)
    if isinstance(volumes, dict):
        volumes = [f"{host}:{how['bind']}:{how['mode']}" for host, how in volumes.items()]
    assert volumes == [
        *(["/a:/b:ro"] if is_mapping else ["/a:/b"]),
        "/run/stage:/usr/src/app:ro",
        "/srv/code/web/releases:/usr/src/app/releases:ro",
    ]


@pytest.mark.parametrize(
    ("release", "place", "says"),
    [
        pytest.param({"reference": "registry/web-code:1"}, {}, "names no digest", id="a tag"),
        pytest.param({}, {"path": "code"}, "service_code.path: 'code' is not an absolute path", id="a relative path"),
        pytest.param({}, {"mount": "/"}, "service_code.mount: '/' is not an absolute path of a folder", id="the root"),
    ],
)
def test_refused(release: dict[str, t.Any], place: dict[str, t.Any], says: str) -> None:
    with pytest.raises(Failure, match=says):
        Code.from_options({"reference": None, "content": "c", "version": "v", **release}, {**PLACE, **place}, "web")


def test_reload_in_one_form() -> None:
    how = Reload.from_options({**RELOAD, "check": ["a 'b c'", ["a", 1]]})
    assert (how.signal, how.timeout, how.check) == ("HUP", 30.0, (("a", "b c"), ("a", "1")))


def test_reload_of_a_container_that_is_older_than_an_option() -> None:
    how = Reload.from_options(RELOAD)
    assert (how.ca_file, how.verify, how.not_workers) == ("", True, ())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"ca_file": "/ca.pem"}, "service_reload.ca_file: belongs to service_reload.url", id="CA"),
        pytest.param({"verify": False}, "service_reload.verify: belongs to service_reload.url", id="no verification"),
        pytest.param({"url": "https://a/", "ca_file": "ca.pem"}, r"service_reload.ca_file: .*absolute path", id="path"),
        pytest.param(
            {"url": "https://a/", "ca_file": "/c", "verify": False}, "service_reload.ca_file: has no effect", id="both"
        ),
        pytest.param(
            {"not_workers": ["celery", " "]}, "service_reload.not_workers: an entry is empty", id="no command"
        ),
    ],
)
def test_reload_options_that_make_no_sense(options: dict[str, t.Any], said: str) -> None:
    with pytest.raises(Failure, match=said):
        Reload.from_options({**RELOAD, **options})


@pytest.mark.parametrize("command", ["", "'", 3, []], ids=["empty", "a quote", "a number", "no words"])
def test_no_command(command: t.Any) -> None:
    with pytest.raises(Failure, match=r"service_reload\.check\[0\]"):
        Reload.from_options({**RELOAD, "check": [command]})


@pytest.mark.parametrize(
    ("options", "image", "words"),
    [
        pytest.param({}, {"Entrypoint": ["e"], "Cmd": ["c"]}, ["e", "c"], id="the image's"),
        pytest.param({"command": "a b"}, {"Entrypoint": ["e"], "Cmd": ["c"]}, ["e", "a", "b"], id="a command"),
        pytest.param({"entrypoint": ["x"]}, {"Entrypoint": ["e"], "Cmd": ["c"]}, ["x"], id="an entrypoint"),
        pytest.param({}, {"Entrypoint": None, "Cmd": None}, [], id="none"),
    ],
)
def test_first_command(options: dict[str, t.Any], image: dict[str, t.Any], words: list[str]) -> None:
    assert first_command(options, image) == words


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        (["uwsgi", "/etc/uwsgi.ini"], False),
        (["sh", "/start"], False),
        (["/bin/sh", "-c", "uwsgi"], True),
        (["bash", "-euc", "migrate; uwsgi"], True),
        (["sh", "-c", "exec uwsgi"], False),
        (["sh", "-c", "mkdir -p /run/x && exec uwsgi"], False),
        (["sh", "-c", "exec 2>&1; uwsgi"], True),
        (["sh", "-c", "exec >/log 2>&1\nuwsgi"], True),
        (["sh", "-c", "exec 2>&1 uwsgi"], False),
        (["sh", "-c", "exec \\\n  uwsgi --ini /x"], False),
        (["sh", "-c", "if [ -e /x ]; then exec uwsgi; else exec gunicorn; fi"], False),
        (["sh", "-c", "case $1 in web)exec uwsgi;; esac"], False),
        (["sh", "-c", "[ -e /x ]&&exec uwsgi || exec gunicorn # the server"], False),
        (["sh", "-c", "run() { exec uwsgi; }\nrun"], False),
        (["sh", "-c", "PORT=80 exec uwsgi"], False),
        (["sh", "-c", "exec"], True),
        (["sh", "-c", "uwsgi --exec x; my-exec y; /exec z"], True),
    ],
)
def test_shell_first(words: list[str], is_one: bool) -> None:
    assert is_shell_without_exec(words) is is_one


def wanted(
    content: str = "c1", environment: str = "1", files: dict[str, t.Any] | None = None, **how: t.Any
) -> InstanceSpec:
    release = {"reference": f"registry/web-code@sha256:{DIGEST}", "content": content, "version": f"v{content}"}
    return instance_spec(
        content="i-1",
        code_release=release,
        container={"environment": {"A": environment}},
        code={"mount": "/usr/src/app/", "owner": 1000},
        reload={"signal": "sighup", **how},
        files=[] if files is None else [{**FILE, **files}],
    )


def found(
    state: str = "running",
    release: str = DIGEST,
    container: str = "id",
    one: InstanceSpec | None = None,
    proven: bool = True,
    owner: tuple[int, int] = (1000, 1000),
) -> ObservedInstance:
    """Return what is there of ``one``, loaded by a container."""
    one = one or wanted()
    digests = {file.path: file.digest for file in one.files}
    loaded = Loaded(container, "c1", "vc1", DIGEST, digests, proven)
    told = {"loaded": loaded, "current_code": release, "code_owner": owner, "files": digests}
    return observed(found_container(one, state=state), **told)


def without_code(**file: t.Any) -> InstanceSpec:
    """Return a service that has files, and nothing else that it loads."""
    return replace(wanted(files=file), code=None)


WITH_FILE = wanted(files={})


@pytest.mark.parametrize(
    ("to_be", "there", "action", "keys"),
    [
        pytest.param(wanted(), found(), "none", [], id="nothing"),
        pytest.param(wanted("c2"), found(), "signal", ["code"], id="code"),
        pytest.param(
            wanted("c2", action="restart"),
            found(),
            "restart",
            ["code", "reload.action"],
            id="code of a server that can't",
        ),
        pytest.param(wanted(timeout="5s"), found(), "update", ["reload.timeout"], id="how it reloads"),
        pytest.param(wanted(), found(proven=False), "signal", ["loaded"], id="nobody knows what it has loaded"),
        pytest.param(
            wanted(), found(proven=False, container="other"), "signal", ["code"], id="nobody knows what another has"
        ),
        pytest.param(wanted(), found(owner=(1000, 1)), "update", ["code.owner"], id="code of another group"),
        pytest.param(
            wanted(environment="2"), found(owner=(1, 1)), "replace", ["code.owner", "environment.A"], id="and its owner"
        ),
        pytest.param(wanted("c2", "2"), found(), "replace", ["code", "environment.A"], id="code and environment"),
        pytest.param(wanted("c2"), found("exited"), "restart", ["code", "state"], id="code of one that is stopped"),
        pytest.param(wanted(), found(container="other"), "signal", ["code"], id="loaded by another container"),
        pytest.param(wanted(), found(release="b"), "signal", ["code.current"], id="the link leads elsewhere"),
        pytest.param(WITH_FILE, found(one=WITH_FILE), "none", [], id="no file"),
        pytest.param(wanted(files={"content": "two"}), found(one=WITH_FILE), "signal", [FILE_KEY], id="file"),
        pytest.param(wanted(files={"mode": "0600"}), found(one=WITH_FILE), "signal", [FILE_KEY], id="mode"),
        pytest.param(
            wanted("c2", files={"content": "two", "on_change": "restart"}),
            found(one=WITH_FILE),
            "restart",
            ["code", FILE_KEY],
            id="code, and a file that wants a restart",
        ),
        pytest.param(
            wanted(files={"content": "two", "on_change": "none"}),
            found(one=WITH_FILE),
            "update",
            [FILE_KEY],
            id="a file that nobody has to load",
        ),
        pytest.param(
            without_code(on_change="restart"),
            found(one=without_code(on_change="restart"), proven=False),
            "restart",
            ["loaded"],
            id="a restart failed, and nothing is ever loaded by a signal",
        ),
        pytest.param(
            without_code(on_change="none"),
            found(one=without_code(on_change="none"), proven=False),
            "restart",
            ["loaded"],
            id="a start failed",
        ),
        pytest.param(
            without_code(on_change="signal"),
            found(one=without_code(on_change="signal"), proven=False),
            "signal",
            ["loaded"],
            id="nobody knows which file it has loaded by a signal",
        ),
        pytest.param(
            wanted(files={"on_change": "restart"}),
            found(one=wanted(files={"on_change": "restart"}), proven=False),
            "signal",
            ["loaded"],
            id="code is loaded by a signal",
        ),
    ],
)
def test_decisions(to_be: InstanceSpec, there: ObservedInstance, action: str, keys: list[str]) -> None:
    plan = decide(to_be, there)
    assert (plan.action.value, sorted(change.key for change in plan.changes)) == (action, keys)


def test_code_without_a_place_for_it() -> None:
    params = {"name": "web", "service": None, "code": {"content": "c"}, "secrets": {}, "wanted": {"code": None}}
    with pytest.raises(Failure, match="service_code, which says where the code is, is not given"):
        InstanceSpec.from_options(params, {})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param({"path": "web.conf"}, "not an absolute path of a file", id="a relative path"),
        pytest.param({"mode": "rw"}, "not a valid octal mode in quotes", id="a mode in letters"),
        pytest.param({"validate": "nginx -t"}, "says nowhere %s", id="a validation of nothing"),
    ],
)
def test_refused_files(options: dict[str, t.Any], says: str) -> None:
    with pytest.raises(Failure, match=says):
        wanted(files=options)
