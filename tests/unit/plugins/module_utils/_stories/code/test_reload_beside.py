# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reloads of a real server with processes beside its workers, and with workers that drain."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Reload
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check import Check
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.reload import reload

# A master that opens a port, a daemon, and a worker that is renewed by HUP. The daemon has the listening socket, or
# not; the old worker ends, closes the socket and stays, or keeps it.
MASTER = """
import os, signal, socket, sys
daemon, old = sys.argv[1:]
server = socket.create_server(("127.0.0.1", 0))

def work():
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGUSR1, lambda *_: server.close())
    while True:
        signal.pause()

def begin():
    pid = os.fork()
    if not pid:
        work()
    return pid

def renew(*_):
    global worker
    if old == "ends":
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    if old == "drains":
        os.kill(worker, signal.SIGUSR1)
    worker = begin()

there, closed_by_exec = os.pipe()
if daemon != "none" and not os.fork():
    server.set_inheritable(daemon == "holds")
    os.execlp("sleep", "sleep", "100000")
os.close(closed_by_exec)
os.read(there, 1)
worker = begin()
signal.signal(signal.SIGHUP, renew)
print(server.getsockname()[1], flush=True)
while True:
    signal.pause()
"""


class Engine:
    """An engine whose one container is that process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def inspect(self, container: str) -> dict[str, t.Any]:
        state = {"Pid": self._process.pid, "Running": True, "Status": "running", "StartedAt": "now"}
        return {"Id": container, "State": state, "RestartCount": 0}

    def kill(self, _container: str, number: int) -> None:
        self._process.send_signal(number)

    def last_lines(self, *_arguments: t.Any) -> list[str]:
        return []


@contextlib.contextmanager
def serving(daemon: str, old: str) -> t.Iterator[tuple[Docker, int]]:
    command = [sys.executable, "-c", MASTER, daemon, old]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            port = int(t.cast(t.IO[str], process.stdout).readline())
            yield t.cast(Docker, Engine(process)), port
        finally:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("daemon", "old", "not_workers", "said"),
    [
        pytest.param("none", "ends", [], None, id="workers alone"),
        pytest.param("stands by", "ends", [], None, id="a daemon without the socket"),
        pytest.param("holds", "ends", ["sleep"], None, id="a daemon with the socket, named"),
        pytest.param("holds", "ends", ["celery", "sleep 100"], None, id="by more of its command, among others"),
        pytest.param(
            "holds", "ends", [], r"1 of 2 workers .* left \(sleep 100000\).*service_reload\.not_workers", id="not named"
        ),
        pytest.param("holds", "ends", ["celery"], r"1 of 2 workers .* left \(sleep 100000\)", id="another is named"),
        pytest.param("holds", "ends", ["leep"], r"1 of 2 workers .* left \(sleep 100000\)", id="its middle is named"),
        pytest.param("holds", "stays", ["sleep"], "(?s)1 of 1 workers .* left .*hard-stop-after", id="a worker stays"),
        pytest.param(
            "none", "ends", [os.path.basename(sys.executable), sys.executable], "no worker processes", id="all named"
        ),
    ],
)
def test_daemons_beside_workers(daemon: str, old: str, not_workers: list[str], said: str | None) -> None:
    with serving(daemon, old) as (engine, port):
        how = Reload("signal", "HUP", 2.0 if said else 30.0, (), (), 60.0, "", not_workers=tuple(not_workers))
        checks = [Check("web", {"tcp": f"127.0.0.1:{port}"})]
        if said is None:
            assert reload(engine, "web", how, checks, "", [port]).warnings == ()
        else:
            with pytest.raises(Failure, match=said):
                reload(engine, "web", how, checks, "", [port])


@pytest.mark.parametrize("daemon", ["none", "stands by", "holds"])
def test_old_workers_that_drain_are_told(daemon: str) -> None:
    with serving(daemon, "drains") as (engine, port):
        how = Reload("signal", "HUP", 30.0, (), (), 60.0, "", not_workers=("sleep",))
        told = reload(engine, "web", how, [Check("web", {"tcp": f"127.0.0.1:{port}"})], "", [port]).warnings
    assert len(told) == 1
    assert "1 processes from before it" in told[0]
    assert "accept no more connections and end those that they have" in told[0]
