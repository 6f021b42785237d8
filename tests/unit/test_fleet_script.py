# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that init writes into a fleet's folder: which command each verb prints and runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
SCRIPT = REPOSITORY / "playbooks/files/init/fleet"
# Tells by which arguments it was called, and from which folder.
STUB = """#!/bin/sh
{ printf '%s\\n' "$(basename "$0")" "$PWD"; printf '%s\\n' "$@"; } > "$TOLD"
"""
ADHOC = """#!/bin/sh
[ "$*" = "$PATTERN --list-hosts" ] || exit 1
printf '  hosts (2):\\n    web1\\n    web2\\n'
"""
INVENTORY = """#!/bin/sh
[ "$1 $#" = "--host 2" ] || exit 1
cat "$FLEET/$2.vars"
"""
DEPLOY = "longshore.fleet.deploy -e service=web"
REASON = '{"reason": "it\'s a leak, $HOME"}'
Run = t.Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a fleet, with blanks in its path, with the script and programs that only tell."""
    folder = tmp_path / "my fleet"
    (folder / "services").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    shutil.copy(SCRIPT, folder / "fleet")
    for name in ("web", "db"):
        (folder / f"services/{name}.yml").write_text("service_port: 80\n", encoding="utf-8")
    for name, text in {"ansible-playbook": STUB, "ssh": STUB, "ansible": ADHOC, "ansible-inventory": INVENTORY}.items():
        (tmp_path / "bin" / name).write_text(text, encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    return folder


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> Run:
    def call(*arguments: str, pattern: str = "all") -> subprocess.CompletedProcess[str]:
        of_stubs = {"TOLD": str(tmp_path / "told"), "PATTERN": pattern, "FLEET": str(folder)}
        environment = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}", **of_stubs}
        command = [str(folder / "fleet"), *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)

    return call


def told(folder: Path) -> list[str]:
    """Return the program that ran at the end with its arguments, which runs in the fleet's folder."""
    program, where, *arguments = (folder.parent / "told").read_text(encoding="utf-8").splitlines()
    assert where == str(folder)
    return [program, *arguments]


@pytest.mark.parametrize(
    ("given", "command"),
    [
        pytest.param("up", "longshore.fleet.up -e site=site.yml", id="up"),
        pytest.param("up --limit web1", "longshore.fleet.up -e site=site.yml --limit web1", id="up on one host"),
        pytest.param("plan", "site.yml --check --diff", id="plan of all"),
        pytest.param("plan web", f"{DEPLOY} --check --diff", id="plan"),
        pytest.param("deploy", "site.yml", id="deploy of all"),
        pytest.param("deploy web", DEPLOY, id="deploy"),
        pytest.param("stack -e state=absent", "longshore.fleet.stack -e state=absent", id="stack"),
        pytest.param("deploy web -v", f"{DEPLOY} -v", id="more arguments"),
        pytest.param("deploy --check", "site.yml --check", id="an argument is no name"),
        pytest.param("run web", "longshore.fleet.run -e service=web", id="run"),
        pytest.param("reload web", "longshore.fleet.reload -e service=web", id="reload"),
        pytest.param("restart web", "longshore.fleet.restart -e service=web", id="restart"),
        pytest.param(
            "rollback web -e release=r-1", "longshore.fleet.rollback -e service=web -e release=r-1", id="back"
        ),
        pytest.param(
            "promote web -e from=../staging", "longshore.fleet.promote -e service=web -e from=../staging", id="promote"
        ),
        pytest.param("status", "longshore.fleet.status", id="status of all"),
        pytest.param("status web", "longshore.fleet.status -e service=web", id="status"),
        pytest.param("history", "longshore.fleet.history", id="history of all"),
        pytest.param("history web", "longshore.fleet.history -e service=web", id="history"),
        pytest.param("logs web -e lines=5", "longshore.fleet.logs -e service=web -e lines=5", id="logs"),
        pytest.param("show web", "longshore.fleet.show -e service=web", id="show"),
        pytest.param("drain web web1", "longshore.fleet.drain -e service=web -e host=web1", id="drain"),
        pytest.param("undrain web web1", "longshore.fleet.undrain -e service=web -e host=web1", id="undrain"),
        pytest.param("unlock web -e session=s-1", "longshore.fleet.unlock -e service=web -e session=s-1", id="unlock"),
        pytest.param("leave web1 -e keep=true", "longshore.fleet.leave -e host=web1 -e keep=true", id="leave"),
        pytest.param("doctor", "longshore.fleet.doctor", id="doctor"),
        pytest.param("remove web", "longshore.fleet.remove -e service=web", id="remove"),
        pytest.param(
            f"drain web web1 -e {shlex.quote(REASON)} ''",
            f"longshore.fleet.drain -e service=web -e host=web1 -e {shlex.quote(REASON)} ''",
            id="blanks, quotes and nothing",
        ),
    ],
)
def test_a_verb_prints_and_runs_its_playbook(folder: Path, run: Run, given: str, command: str) -> None:
    done = run(*shlex.split(given))
    assert done.returncode == 0, done.stderr
    assert told(folder) == ["ansible-playbook", *shlex.split(command)]
    # What is printed can be typed.
    assert shlex.split(done.stderr) == ["+", "ansible-playbook", *shlex.split(command)]
    assert done.stdout == ""


def test_each_verb_is_a_playbook() -> None:
    verbs = re.findall(r"^(?:verbs=')?(\w+)[^\n:=(]*: ", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(verbs) == 27
    there = {path.stem for path in (REPOSITORY / "playbooks").glob("*.yml")}
    assert [verb for verb in verbs if verb not in there] == ["plan", "console"]


def test_without_a_verb_it_lists_them(folder: Path, run: Run) -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("./fleet up  ")
    assert "./fleet console NAME [HOST]  a shell in its container" in lines
    assert not (folder.parent / "told").exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param(["x"], "There is no verb x; ./fleet lists", id="unknown"),
        pytest.param(["."], "There is no verb .; ./fleet lists", id="a pattern"),
        pytest.param(["NAME"], "There is no verb NAME", id="a word of the table"),
        pytest.param(["restart"], "./fleet restart NAME needs the NAME of a service: db web", id="no service"),
        pytest.param(["restart", "-v"], "needs the NAME of a service", id="an option in its place"),
        pytest.param(["logs"], "./fleet logs NAME needs the NAME of a service, or -f: db web", id="no service to ask"),
        pytest.param(["logs", "x", "-f"], "There is no services/x.yml", id="unknown service to follow"),
        pytest.param(["drain", "web"], "./fleet drain NAME HOST needs the name of a HOST", id="no host"),
        pytest.param(["console", "x"], "There is no services/x.yml", id="unknown service"),
    ],
)
def test_wrong_arguments_are_told(folder: Path, run: Run, given: list[str], says: str) -> None:
    done = run(*given)
    assert done.returncode == 5
    assert says in done.stderr
    assert not (folder.parent / "told").exists()


@pytest.mark.parametrize(
    ("given", "service", "variables", "command"),
    [
        pytest.param(["web"], "", "ansible_host: 10.0.0.1", "ssh -t 10.0.0.1 docker", id="the first host of all"),
        pytest.param(
            ["web"],
            "service_hosts: 'front'  # only these\n",
            "ansible_host: 10.0.0.1",
            "ssh -t 10.0.0.1 docker",
            id="the first host of the service",
        ),
        pytest.param(
            ["web", "web2"],
            "",
            "ansible_become: true\nansible_host: 2001:db8::1\nansible_port: 2222\nansible_user: 'yes'",
            "ssh -t -p 2222 yes@2001:db8::1 sudo docker",
            id="a host by name, with user and port",
        ),
        pytest.param(
            ["web", "web2"],
            "",
            "ansible_host: a\nansible_ssh_common_args: -J gate -o A=b\nansible_ssh_private_key_file: /my key",
            "ssh -t -i '/my key' -J gate -o A=b a docker",
            id="a key and arguments",
        ),
        pytest.param(
            ["web", "web2"],
            "",
            f"ansible_host: a\nansible_ssh_common_args: -o A={'b' * 60} -o C={'d' * 60}\nansible_user: root",
            f"ssh -t -o A={'b' * 60} -o C={'d' * 60} root@a docker",
            id="arguments longer than a line of YAML",
        ),
        pytest.param(["web", "web2"], "", "other: 1", "ssh -t web2 docker", id="a host without an address"),
    ],
)
def test_console_is_a_shell_by_ssh(
    folder: Path, run: Run, given: list[str], service: str, variables: str, command: str
) -> None:
    (folder / "services/web.yml").write_text(f"service_port: 80\n{service}", encoding="utf-8")
    for host in ("web1", "web2"):
        as_told = json.dumps(yaml.safe_load(variables), indent=4)
        (folder / f"{host}.vars").write_text(as_told, encoding="utf-8")
    done = run("console", *given, pattern="front" if service else "all")
    wanted = [*shlex.split(command), "exec", "-it", "web", "sh"]
    assert done.returncode == 0, done.stderr
    assert told(folder) == wanted
    assert shlex.split(done.stderr) == ["+", *wanted]


@pytest.mark.parametrize("place", ["environment", "ansible.cfg"])
def test_console_takes_the_key_that_ansible_takes(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "environment":
        monkeypatch.setenv("ANSIBLE_PRIVATE_KEY_FILE", "/key")
        monkeypatch.setenv("ANSIBLE_SSH_COMMON_ARGS", "-o A=b")
    else:
        (folder / "ansible.cfg").write_text("[defaults]\nprivate_key_file = /key\n", encoding="utf-8")
    (folder / "web1.vars").write_text('{\n    "ansible_host": "a"\n}\n', encoding="utf-8")
    assert run("console", "web").returncode == 0
    arguments = ["-o", "A=b"] if place == "environment" else []
    assert told(folder)[:-4] == ["ssh", "-t", "-i", "/key", *arguments, "a", "docker"]


def test_console_on_an_unknown_host_runs_nothing(folder: Path, run: Run) -> None:
    assert run("console", "web", "web9").returncode != 0
    assert not (folder.parent / "told").exists()


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck_finds_nothing() -> None:
    done = subprocess.run(["shellcheck", SCRIPT], check=False, capture_output=True, text=True)
    assert done.stdout == ""


WRITES = """#!/bin/sh
for word; do :; done
printf '%s\\n' "$word" >> "$TOLD"
case $word in *db*) exit ;; esac
printf 'a line\\r\\nred \\033[31m\\n'
[ -z "$FOR_EVER" ] || exec sleep 60
"""


def follow(folder: Path, arguments: list[str], **more: str) -> subprocess.Popen[str]:
    """Start to follow logs; ssh stands for two lines of each web."""
    (folder.parent / "bin/ssh").write_text(WRITES, encoding="utf-8")
    for number in (1, 2):
        variables = {"ansible_host": f"10.0.0.{number}", "ansible_user": "me", "ansible_become": True}
        (folder / f"web{number}.vars").write_text(json.dumps(variables, indent=4), encoding="utf-8")
    of_stubs = {"TOLD": str(folder.parent / "told"), "PATTERN": "all", "FLEET": str(folder), "FOR_EVER": "", **more}
    environment = {**os.environ, "PATH": f"{folder.parent}/bin:{os.environ['PATH']}", **of_stubs}
    # A shell cannot take back that whoever started these tests ignores an interrupt, as `... &` does.
    command = ["env", "--default-signal=INT", str(folder / "fleet"), "logs", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


@pytest.mark.parametrize(
    ("arguments", "services", "places"),
    [
        pytest.param(["web", "-f"], ["web"], ["web1", "web2"], id="a service"),
        pytest.param(["-f"], ["db", "web"], ["web1 web", "web2 web"], id="every service"),
    ],
)
def test_logs_are_followed_on_all_hosts(
    folder: Path, arguments: list[str], services: list[str], places: list[str]
) -> None:
    with follow(folder, arguments) as process:
        said, printed = process.communicate(timeout=20)
    assert process.returncode == 0, printed
    # What an application writes is no command to the terminal, and without a terminal nothing has a colour.
    assert sorted(said.splitlines()) == sorted(f"{p} | {line}" for p in places for line in ("a line", "red ?[31m"))
    asked = sorted(line.partition(";")[0] for line in (folder.parent / "told").read_text(encoding="utf-8").splitlines())
    assert asked == sorted(f"sudo docker logs --follow --tail 20 {service}" for service in services * 2)
    commands = sorted(shlex.split(line)[:6] for line in printed.splitlines())
    assert commands == [
        ["+", "ssh", "-tt", "-o", "LogLevel=ERROR", f"me@10.0.0.{number}"] for number in (1, 2) for _service in services
    ]


def test_following_ends_by_an_interrupt_with_all_that_it_started(folder: Path) -> None:
    with follow(folder, ["web", "-f"], FOR_EVER="1") as process:
        assert process.stdout is not None
        for _line in range(4):
            process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        process.wait(timeout=20)
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
