# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container's options need of its host: networks, other containers, drivers, devices, kernel parameters."""

from __future__ import annotations

import typing as t

Options = dict[str, t.Any]
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


def folder_of_volume(volume: Options) -> str:
    """Return the folder of the host that a volume is by its options, as the engine lists it; else nothing.

    Where it is mounted, the engine tells its own path of it alone.
    """
    options = volume.get("Options") or {}
    how, device = str(options.get("o") or "").split(","), str(options.get("device") or "")
    return device if not {"bind", "rbind"}.isdisjoint(how) and device.startswith("/") else ""


def named_network(options: Options) -> tuple[str, str] | None:
    """Return (option, name) of the network that must be there at the start; None for the engine's own."""
    for option in ("network", "network_mode"):
        name = str(options.get(option) or "")
        if name and name not in OWN_NETWORKS and ":" not in name:
            return option, name
    return None


def named_containers(options: Options) -> list[tuple[str, str]]:
    """Return (option, name) of each container whose namespace is to be shared, which must run."""
    shared = [(option, str(options.get(option) or "")) for option in ("network_mode", "pid_mode", "ipc_mode")]
    return [(option, mode.partition(":")[2]) for option, mode in shared if mode.startswith("container:")]


def taken_over_containers(options: Options) -> list[tuple[str, str]]:
    """Return (option, name) of each container whose volumes or aliases the container gets, running or not."""
    links = options.get("links") or ()
    linked = (
        links if isinstance(links, dict) else [link[0] if isinstance(link, (list, tuple)) else link for link in links]
    )
    named = [("volumes_from", name) for name in options.get("volumes_from") or ()]
    return [(option, str(name).partition(":")[0]) for option, name in (*named, *(("links", name) for name in linked))]


def named_drivers(options: Options) -> list[tuple[str, str, str]]:
    """Return (option, kind of the engine's plugins, name) of each driver that the container asks for."""
    log = str((options.get("log_config") or {}).get("type") or "none")
    volume = str(options.get("volume_driver") or "")
    found = [("log_config", "Log", log)] if log != "none" else []
    return found + ([("volume_driver", "Volume", volume)] if volume else [])


def named_devices(options: Options) -> list[tuple[str, str]]:
    """Return (option, path on the host) of each device that the container gets, or whose traffic is limited."""
    devices = [("devices", str(device).partition(":")[0]) for device in options.get("devices") or ()]
    return devices + [
        (option, str(limit.get("Path") or ""))
        for option in DEVICE_LIMITS
        for limit in options.get(option) or ()
        if isinstance(limit, dict)
    ]


def shared_sysctls(options: Options) -> list[tuple[str, str]]:
    """Return (name, what it would change) of each kernel parameter that belongs to a namespace of the host's."""
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
