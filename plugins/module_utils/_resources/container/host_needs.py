# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container's options take of its host: sources that are mounted, and ports that are published."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

Options = dict[str, t.Any]
# Kinds of propagation by which a container sees mounts that come later.
PROPAGATED = ("shared", "rshared", "slave", "rslave")
# Networks that every engine has, or that are none.
OWN_NETWORKS = ("host", "none", "bridge", "default")
DEVICE_LIMITS = (
    "blkio_weight_device",
    "device_read_bps",
    "device_read_iops",
    "device_write_bps",
    "device_write_iops",
)
# Kernel parameters of the IPC namespace, as runc has them; all of the network's begin with net.
IPC_SYSCTLS = ("kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue.")


@dataclass(frozen=True)
class Bind:
    """A path of the host that is mounted into a container; ``key`` names the option."""

    key: str
    source: str
    sees_later_mounts: bool = False
    target: str = field(default="", compare=False)
    read_only: bool = False


def binds(options: Options) -> list[Bind]:
    """Return all that ``volumes`` and ``mounts`` take of the host; volumes with a name are Docker's own."""
    found = [*_of_volumes(options.get("volumes") or ()), *_of_mounts(options.get("mounts") or ())]
    return [bind for bind in found if bind.source.startswith("/")]


def folder_of_volume(volume: Options) -> str:
    """Return the folder of the host that a volume is by its options, as the engine lists it; else nothing.

    Where it is mounted, the engine tells its own path of it alone.
    """
    options = volume.get("Options") or {}
    how, device = str(options.get("o") or "").split(","), str(options.get("device") or "")
    return device if not {"bind", "rbind"}.isdisjoint(how) and device.startswith("/") else ""


def _of_volumes(volumes: t.Any) -> t.Iterator[Bind]:
    if isinstance(volumes, dict):
        for source, how in volumes.items():
            mode = str(how.get("mode") or "").split(",")
            sees = str(how.get("propagation", "")) in PROPAGATED
            yield Bind("volumes", str(source), sees, str(how.get("bind") or ""), "ro" in mode)
    else:
        for volume in volumes:
            source, colon, rest = str(volume).partition(":")
            if colon:
                target, _colon, modes = rest.partition(":")
                mode = modes.split(",")
                yield Bind("volumes", source, not set(mode).isdisjoint(PROPAGATED), target, "ro" in mode)


def _of_mounts(mounts: t.Iterable[Options]) -> t.Iterator[Bind]:
    for mount in mounts:
        if mount.get("type") == "bind":
            sees = mount.get("propagation") in PROPAGATED
            target, read_only = str(mount.get("target") or ""), bool(mount.get("read_only"))
            yield Bind("mounts", str(mount.get("source") or ""), sees, target, read_only)


def mount_targets(options: Options) -> list[str]:
    """Return paths in the container over which something is mounted: the image's own content there is not seen."""
    volumes = options.get("volumes") or ()
    if isinstance(volumes, dict):
        targets = [str(how["bind"] if isinstance(how, dict) else how) for how in volumes.values()]
    else:
        targets = [(*str(volume).split(":"), str(volume))[1] for volume in volumes]
    targets += [str(mount.get("target") or "") for mount in options.get("mounts") or ()]
    return [*targets, *map(str, options.get("tmpfs") or ())]


def lies_in(path: str, folders: t.Iterable[str]) -> bool:
    """Return whether a path is one of these, or lies below one of them."""
    return any(f"{path}/".startswith(f"{folder.rstrip('/')}/") for folder in folders)


def named_network(options: Options) -> tuple[str, str] | None:
    """(option, name) of the network that must be there at the start; None for the engine's own."""
    for option in ("network", "network_mode"):
        name = str(options.get(option) or "")
        if name and name not in OWN_NETWORKS and ":" not in name:
            return option, name
    return None


def named_containers(options: Options) -> list[tuple[str, str]]:
    """(option, name) of each container whose namespace is to be shared, which must run."""
    shared = [(option, str(options.get(option) or "")) for option in ("network_mode", "pid_mode", "ipc_mode")]
    return [(option, mode.partition(":")[2]) for option, mode in shared if mode.startswith("container:")]


def taken_over_containers(options: Options) -> list[tuple[str, str]]:
    """(option, name) of each container whose volumes or network aliases the container gets, running or not."""
    links = options.get("links") or ()
    linked = (
        links if isinstance(links, dict) else [link[0] if isinstance(link, (list, tuple)) else link for link in links]
    )
    named = [("volumes_from", name) for name in options.get("volumes_from") or ()]
    return [(option, str(name).partition(":")[0]) for option, name in (*named, *(("links", name) for name in linked))]


def named_drivers(options: Options) -> list[tuple[str, str, str]]:
    """(option, kind of the engine's plugins, name) of each driver that the container asks for."""
    log = str((options.get("log_config") or {}).get("type") or "none")
    volume = str(options.get("volume_driver") or "")
    found = [("log_config", "Log", log)] if log != "none" else []
    return found + ([("volume_driver", "Volume", volume)] if volume else [])


def named_devices(options: Options) -> list[tuple[str, str]]:
    """(option, path on the host) of each device that the container gets, or whose traffic is limited."""
    devices = [("devices", str(device).partition(":")[0]) for device in options.get("devices") or ()]
    return devices + [
        (option, str(limit.get("Path") or ""))
        for option in DEVICE_LIMITS
        for limit in options.get(option) or ()
        if isinstance(limit, dict)
    ]


def shared_sysctls(options: Options) -> list[tuple[str, str]]:
    """(name, what it would change) of each kernel parameter that belongs to a namespace of the host's."""
    on_host = options.get("network_mode") == "host"
    with_ipc = options.get("ipc_mode") == "host"
    found = []
    for name in map(str, options.get("sysctls") or ()):
        dotted = name.replace("/", ".")
        if on_host and dotted.startswith("net."):
            found.append((name, "network_mode is host"))
        elif with_ipc and dotted.startswith(IPC_SYSCTLS):
            found.append((name, "ipc_mode is host"))
    return found
