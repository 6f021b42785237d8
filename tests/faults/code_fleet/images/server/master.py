# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small server that reloads as grown ones do: at HUP new workers load the code, and only then the old ones end.

Where new ones cannot load it, the old ones stay. In the container, ``/tmp/deaf`` makes it forget HUP, and
``/tmp/patient`` wait for a worker's last request without an end.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

CODE, PORT, WORKERS = "/usr/src/app/current", int(os.environ.get("PORT", "18480")), 2
# Seconds for the last request of a worker that is to end.
HARAKIRI = 2.0
DEAF, PATIENT = Path("/tmp/deaf"), Path("/tmp/patient")


def work(listener: socket.socket, ready: int) -> None:
    """One worker: loads the code, says so, and answers until it is told to end."""
    os.chdir(CODE)
    sys.path.insert(0, CODE)
    sys.argv[0] = "worker"
    import app

    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
    os.write(ready, b"!")
    os.close(ready)
    while not ended:
        if select.select([listener], [], [], 0.1)[0] and not ended:
            try:
                connection, _address = listener.accept()
            except BlockingIOError:  # the other worker has it
                continue
            answer(connection, app.page)


def answer(connection: socket.socket, page) -> None:  # type: ignore[no-untyped-def]
    """One request, one page."""
    with connection:
        connection.settimeout(2)
        try:
            body = page(connection.recv(4096).split(b" ")[1].decode()).encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(4096)
        except (OSError, IndexError):
            pass


def started(listener: socket.socket) -> list[int]:
    """Start new workers, all of which have loaded the code; none where one has not."""
    workers = []
    ready, write = os.pipe()
    for _number in range(WORKERS):
        child = os.fork()
        if not child:
            for number in (signal.SIGHUP, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            try:
                work(listener, write)
            except (ImportError, SyntaxError) as error:
                print(f"a worker cannot load the code: {error!r}", flush=True)
            os._exit(0)
        workers.append(child)
    os.close(write)
    told = b""
    while len(told) < WORKERS and (more := os.read(ready, WORKERS)):
        told += more
    os.close(ready)
    if len(told) == WORKERS:
        return workers
    print("the old workers stay", flush=True)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    return []


def main() -> None:
    """End by TERM, with its workers."""
    listener = socket.create_server(("0.0.0.0", PORT), backlog=128)
    listener.setblocking(False)
    signals: list[int] = []
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: signals.append(received))
    workers, ending = started(listener), {}
    while workers:
        time.sleep(0.05)
        while signals:
            if signals.pop() == signal.SIGTERM:
                return
            new = [] if DEAF.exists() else started(listener)
            for worker in workers if new else ():
                os.kill(worker, signal.SIGTERM)
                ending[worker] = time.monotonic()
            workers = new or workers
        for worker in [pid for pid, since in ending.items() if time.monotonic() - since > HARAKIRI]:
            if not PATIENT.exists():
                os.kill(worker, signal.SIGKILL)
        reap(ending)


def reap(ending: dict[int, float]) -> None:
    """Take note of workers that have ended."""
    try:
        while (child := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            ending.pop(child, None)
    except ChildProcessError:
        pass


if __name__ == "__main__":
    main()
