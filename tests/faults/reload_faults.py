# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the faults of reloads do, each as a function, beside those of faults.py."""

from __future__ import annotations

import shutil
import socket

from tests.faults.code import CODE, CodeFleet
from tests.faults.faults import Scene
from tests.faults.lab import PORT, SERVICE, wait_for

IN_CONTAINER = f"docker exec {SERVICE}"
# Connections that wait for a page which never ends.
ASKED: list[socket.socket] = []


def ask_for_ever(scene: Scene) -> None:
    """One request on the first host that its worker never ends."""
    ASKED.append(socket.create_connection((scene.lab.addresses[scene.node], PORT), timeout=5))
    ASKED[-1].sendall(b"GET /never HTTP/1.1\r\n\r\n")


def ask_a_patient_one(scene: Scene) -> None:
    """Ask the same of a server that waits for its workers without an end."""
    scene.lab.at(scene.node, f"{IN_CONTAINER} touch /tmp/patient")
    ask_for_ever(scene)


def ask_no_more(scene: Scene) -> None:
    scene.lab.at(scene.node, f"{IN_CONTAINER} rm -f /tmp/patient")
    while ASKED:
        ASKED.pop().close()


def deafen(scene: Scene) -> None:
    """Give the server a handler for the signal that does nothing."""
    scene.lab.at(scene.node, f"{IN_CONTAINER} touch /tmp/deaf")


def hear_again(scene: Scene) -> None:
    scene.lab.at(scene.node, f"{IN_CONTAINER} rm -f /tmp/deaf")


def kill_launch(scene: Scene) -> None:
    """Kill controller and module at one stroke: what runs on the host goes on to its own end otherwise."""
    scene.running.kill()
    scene.lab.at(scene.node, "pkill -KILL -f ^/opt/longshore/venv/bin/python")


def reload_too(scene: Scene) -> None:
    """Reload from a second controller with other code; it does not wait for the lock, and says who has it."""
    rival = CodeFleet(scene.lab, scene.fleet.folder.with_name(f"{scene.fleet.folder.name}-rival"))
    try:
        rival.write("rival", {"service_rollout": {"lock_wait": "0s"}})
        second = rival.reload()
        ended = second.wait()
        if ended != "failed" or f"The deploy lock of {SERVICE} is held by" not in second.said:
            raise AssertionError(f"the second reload {ended}, and said: {second.said}")
    finally:
        shutil.rmtree(rival.folder)


def fill_releases(scene: Scene) -> None:
    """Where the second host unpacks code there is no room for it."""
    scene.lab.at("node2", f"mount -t tmpfs -o size=4k full {CODE}/releases")


def empty_releases(scene: Scene) -> None:
    scene.lab.at("node2", f"umount {CODE}/releases")


def wait_for_switch(scene: Scene, before: str) -> None:
    """Until the first host has the new code as its current one."""
    fleet = scene.fleet
    assert isinstance(fleet, CodeFleet)
    wait_for("the switch to the new code", lambda: fleet.current(scene.node) != before)
