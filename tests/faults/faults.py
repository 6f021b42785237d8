# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault does, each as a function: it is called when its stage is reached, and what it broke is mended later."""

from __future__ import annotations

import base64
import json
import shutil
import typing as t
from dataclasses import dataclass

from tests.faults.client import Client
from tests.faults.deploy import Data, Deploy, Fleet
from tests.faults.lab import NODES, SERVICE, Lab, run, wait_for

# What conditions of a gate switch here; in Consul's KV, which outlives whoever is killed.
SWITCH = "http://127.0.0.1:8500/v1/kv/longshore-test-faults/switch"
TOKEN = {"X-Consul-Token": "{{ consul_token }}"}
SWITCH_OFF, SWITCH_ON = ({"http": SWITCH, "method": "PUT", "headers": TOKEN, "body": value} for value in ("off", "on"))
# What a gate can wait for, until a second deploy has been told who has the lock.
TOLD = "http://127.0.0.1:8500/v1/kv/longshore-test-faults/told"
NEVER_HOLDS = {"command": ["false"], "timeout": "1m"}


@dataclass
class Scene:
    """What a fault can reach. ``node`` is the one that is rolled first, and that most faults strike."""

    lab: Lab
    fleet: Fleet
    client: Client
    deploy: Deploy | None = None
    node: str = NODES[0]

    @property
    def running(self) -> Deploy:
        """The deploy that is struck."""
        if self.deploy is None:
            raise RuntimeError("this fault strikes before a deploy has begun")
        return self.deploy


Act = t.Callable[[Scene], None]


def nothing(_scene: Scene) -> None:
    """Strikes by what the service file says, or mends by itself."""


def kill_controller(scene: Scene) -> None:
    scene.running.kill()


def interrupt_controller(scene: Scene) -> None:
    scene.running.interrupt()


def interrupt_at_work(scene: Scene) -> None:
    """Once a module has shown that it has begun: between two modules only the end of the session frees the lock."""
    seen = _lock(scene)["ModifyIndex"]
    wait_for("a module is at work", lambda: _lock(scene)["ModifyIndex"] != seen, 60)
    scene.running.interrupt()


def lock_given_back(scene: Scene) -> None:
    """By the last module that ran: a session that expires leaves what the holder has said of itself."""

    def is_free() -> bool:
        lock = _lock(scene)
        return not lock.get("Session") and not lock["Value"]

    wait_for("the lock is given back", is_free, 120)


def kill_launch(scene: Scene) -> None:
    """Kill the module on the host, as by lack of memory, once the gate's conditions have switched off what they do."""
    wait_for("it is switched off", lambda: _switch(scene) == "off")
    scene.lab.at(scene.node, "pkill -KILL --full ^/opt/longshore/venv/bin/python")


def is_switched(value: str) -> Act:
    """Whether the conditions have left it so."""

    def look(scene: Scene) -> None:
        if _switch(scene) != value:
            raise AssertionError(f"what the conditions switch is {_switch(scene)}, not {value}")

    return look


def revert(changes: Data) -> Act:
    """Write the service file of the release that runs, with these changes."""
    return lambda scene: scene.fleet.write(scene.fleet.pages()[-1], changes)


def cut_ssh(*nodes: str) -> Act:
    """No new connection to the nodes, and none that was there."""
    return lambda scene: _silently(
        scene, nodes, "systemctl stop ssh; systemctl kill --kill-who=all ssh; pkill -KILL sshd"
    )


def mend_ssh(*nodes: str) -> Act:
    return lambda scene: _silently(scene, nodes, "systemctl start ssh")


def is_recorded_as_set_aside(node: str) -> Act:
    """Whether the newest record says that the rollout went on without this host, and no other."""

    def look(scene: Scene) -> None:
        records = json.loads(_kv(scene, f"longshore/services/{SERVICE}/releases/?recurse"))
        newest = max(records, key=lambda record: record["CreateIndex"])
        aside = json.loads(base64.b64decode(newest["Value"]))["set_aside"]
        if aside != [node]:
            raise AssertionError(f"the record says that {aside} were set aside")

    return look


def stop_agents(*nodes: str) -> Act:
    return lambda scene: _silently(scene, nodes, "systemctl stop consul")


def start_agents(*nodes: str) -> Act:
    return lambda scene: _silently(scene, nodes, "systemctl start consul")


def kill_leader(scene: Scene) -> None:
    """systemd starts it anew; by then another one leads."""
    _silently(scene, scene.lab.leader(), "systemctl kill --signal=KILL consul")


def restart_engine(scene: Scene) -> None:
    _silently(scene, scene.node, "systemctl restart docker")


def stop_engine(node: str) -> Act:
    return lambda scene: _silently(scene, node, "systemctl stop docker.socket docker")


def start_engine(node: str) -> Act:
    return lambda scene: _silently(scene, node, "systemctl start docker.socket docker")


def stop_registry(scene: Scene) -> None:
    run("docker", "stop", "--time", "1", scene.lab.container("registry"))


def start_registry(scene: Scene) -> None:
    run("docker", "start", scene.lab.container("registry"))


def fill_disk(node: str) -> Act:
    """Where the engine writes what it pulls there is no room for the image."""
    return lambda scene: _silently(scene, node, "mount -t tmpfs -o size=64k full /var/lib/docker/tmp")


def empty_disk(node: str) -> Act:
    return lambda scene: _silently(scene, node, "umount /var/lib/docker/tmp")


def remove_container(node: str, name: str) -> Act:
    """As somebody does by hand."""
    return lambda scene: _silently(scene, node, f"docker rm --force {name}")


def reboot(node: str) -> Act:
    return lambda scene: t.cast(None, run("docker", "restart", "--time", "10", scene.lab.container(node)))


def destroy_lock(scene: Scene) -> None:
    """By somebody who does not ask."""
    lock = json.loads(_kv(scene, f"longshore/services/{SERVICE}/lock"))
    session = lock[0]["Session"]
    scene.lab.at("node3", f"curl --silent --request PUT http://127.0.0.1:8500/v1/session/destroy/{session}")


def deploy_too(scene: Scene) -> None:
    """Deploy from a second controller; it does not wait for the lock, and says who has it."""
    rival = Fleet(scene.lab, scene.fleet.folder.with_name(f"{scene.fleet.folder.name}-rival"))
    try:
        rival.write("rival", {"service_rollout": {"lock_wait": "0s"}})
        second = rival.deploy()
        ended = second.wait()
        if ended != "failed" or f"The deploy lock of {SERVICE} is held by" not in second.said:
            raise AssertionError(f"the second deploy {ended}, and said: {second.said}")
    finally:
        shutil.rmtree(rival.folder)
        scene.lab.at("node3", f"curl --silent --fail --request PUT {TOLD}")


def _switch(scene: Scene) -> str:
    return _kv(scene, "longshore-test-faults/switch?raw")


def _lock(scene: Scene) -> dict[str, t.Any]:
    lock: dict[str, t.Any] = json.loads(_kv(scene, f"longshore/services/{SERVICE}/lock"))[0]
    return lock


def _kv(scene: Scene, path: str) -> str:
    """Return what Consul's KV has, as another host than the one that is struck tells it."""
    return scene.lab.at("node3", f"curl --silent 'http://127.0.0.1:8500/v1/kv/{path}'")


def _silently(scene: Scene, nodes: str | tuple[str, ...], command: str) -> None:
    for node in (nodes,) if isinstance(nodes, str) else nodes:
        scene.lab.at(node, command, check=False)


def ready(scene: Scene) -> None:
    """Wait until all that was broken is there again."""
    wait_for("the lab is ready", scene.lab.is_ready)
