# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release of another fleet: asked of that fleet as history.yml there shows it, and whether it may be taken over."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable, shell_word
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import DONE, ROLLED_BACK
from ansible_collections.longshore.fleet.plugins.plugin_utils._release_changes import changed_keys

Record = dict[str, t.Any]
# The inventory that a folder stands for, as init.yml names it.
INVENTORY = "hosts.yml"
# Why a release is not done there, by the state of its record, and what to do there.
UNDONE = {
    "held": "is held after its first batch; go on with it there by the same deploy, or go back by rollback.yml",
    "interrupted": "was interrupted; run the same deploy there again",
    "failed": "failed; mend it there by a deploy that comes to its end, or go back there by rollback.yml",
    ROLLED_BACK: "failed, and the hosts there are back on the release before; deploy there what comes to its end",
}


def inventory_of(given: t.Any, own: t.Iterable[str]) -> Path:
    """Return the path of the other fleet's inventory; ``own``: what ``-i`` gave of this one."""
    if not given:
        raise Failure("Say from which fleet: -e from=INVENTORY, a path such as ../staging/hosts.yml")
    path = Path(os.path.abspath(os.path.expanduser(str(given))))
    if path.is_dir() and (path / INVENTORY).exists():
        path = path / INVENTORY
    if not path.exists():
        raise Failure(f"from: there is no {path}; give the path of the other fleet's inventory")
    if path.resolve() in [Path(source).resolve() for source in own]:
        raise Failure(f"from: {path} is the inventory of this fleet itself; give that of the fleet to take over from")
    return path


def question(python: str, inventory: Path, service: str, file: str, options: Record) -> list[str]:
    """Return the command that asks the other fleet; ``options``: of this run, whose vault passwords hold there too.

    A password that somebody types is known to this run alone.
    """
    files = [f"--vault-password-file={os.path.abspath(path)}" for path in options.get("vault_password_files") or ()]
    ids = [vault.rpartition("@") for vault in options.get("vault_ids") or ()]
    # What is no path is asked on the terminal.
    files += [f"--vault-id={label}{at}{os.path.abspath(path)}" for label, at, path in ids if path[:6] != "prompt"]
    asked = ["-e", f"service={service}", "-e", f"history_file={file}"]
    return [python, "-m", "ansible", "playbook", "-i", str(inventory), *files, "longshore.fleet.history", *asked]


def released(history: Record, service: str, where: str, trusted: str | None) -> Record:
    """Return the record of the release that runs there, once it is known to have come to its end.

    ``history``: what history.yml there wrote; ``trusted``: the ID of a release that is trusted without a signature.
    """
    info = (history.get("services") or {}).get(service) or {"prefix": "", "releases": [], "lock": "", "current": ""}
    why = _undone(info)
    if why:
        raise Failure(f"{service} cannot be promoted from {where}: {printable(why)}. Nothing was touched.")
    record: Record = info["releases"][0]
    signed = next((row.get("signed") for row in history["rows"] if row["release"] == record["id"]), None)
    if not signed and trusted != record["id"]:
        raise _untrusted(record, service, where, signed)
    return record


def _undone(info: Record) -> str:
    """Return why there is no release that is done; empty where there is one."""
    if info.get("problems"):
        return "; ".join(info["problems"])
    if info["lock"]:
        return f"a rollout is under way there, by {info['lock']}; wait for its end"
    if not info["releases"]:
        return (
            f"no release of it is recorded there, below {info['prefix']}/ in Consul's KV; deploy it there first, or"
            " correct from or service"
        )
    newest = info["releases"][0]
    if newest["removed"]:
        return f"it was removed there {newest['removed']}; deploy it there first"
    if newest["state"] != DONE:
        return f"the last rollout there, of {newest['id']}, {UNDONE.get(newest['state'], UNDONE['interrupted'])}"
    if newest["id"] != info["current"]:
        return f"the newest release there, {newest['id']}, is not the current one; deploy there again"
    return ""


def _untrusted(record: Record, service: str, where: str, signed: bool | None) -> Failure:
    why = "cannot be checked without a fleet key there" if signed is None else "has no valid signature of that fleet"
    identity, reference = printable(record["id"]), printable(str(record["image"].get("reference")))
    return Failure(
        f"The record of release {identity} of {service} in {where} {why}, so anybody who may write to that fleet's"
        f" Consul KV may have written it. It would run the image {reference}, released by {record['who']!r} on"
        f" {record['where']!r}. Bring that fleet's key (fleet.key beside its inventory, or its variable fleet_key); or"
        " deploy there with the key that is there; or look at what it would run, with --check -e"
        f" trust_release={shell_word(record['id'])}, and where you know it, run the same without --check. Nothing was"
        " touched."
    )


def promoted_of(record: Record, inventory: Path, folder: str) -> Record:
    """Return what this fleet takes over, and from where: that inventory's path as this fleet's folder sees it."""
    where = os.path.relpath(inventory, folder)
    return {"image": record["image"], "code": record["code"], "from": f"{record['id']} of {where}"}


def lines_of_promotion(record: Record, promoted: Record, service_file: str) -> list[str]:
    """Return what is taken over, for the plan; ``service_file``: the text of this fleet's own."""
    code = (record["code"] or {}).get("reference")
    keys = changed_keys(record["service_file"], service_file)
    lines = [
        f"Promotes {promoted['from']}, released {record['started']} by {record['who']} on {record['where']}",
        f"  image {record['image'].get('reference')}",
        *([f"  code {code}"] if code else []),
        *([f"  There it did not reach {', '.join(record['set_aside'])}"] if record["set_aside"] else []),
        *([f"  The service file here is not the one it was released with: {', '.join(keys)}"] if keys else []),
    ]
    return [printable(line) for line in lines]
