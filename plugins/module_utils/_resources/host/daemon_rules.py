# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Docker Engine would not start with, such as keys that are flags too, and what opens it to the network."""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.daemon_settings import Settings

# From this version on the engine validates a file itself.
VALIDATES = (23, 0)
# Keys of the older versions, as the engine's own source has them.
_KEYS = """
allow-nondistributable-artifacts api-cors-header authorization-plugins bip bridge builder cgroup-parent
cluster-advertise cluster-store cluster-store-opts containerd containerd-namespace containerd-plugin-namespace
cpu-rt-period cpu-rt-runtime cri-containerd data-root debug default-address-pools default-cgroupns-mode
default-gateway default-gateway-v6 default-init default-ipc-mode default-runtime default-shm-size
default-ulimits deprecated-key-path dns dns-opts dns-search exec-opts exec-root experimental features fixed-cidr
fixed-cidr-v6 graph group host-gateway-ip hosts icc init init-path insecure-registries ip ip-forward ip-masq
ip6tables iptables ipv6 labels live-restore log-driver log-level log-opts max-concurrent-downloads
max-concurrent-uploads max-download-attempts metrics-addr mtu network-control-plane-mtu network-diagnostic-port
no-new-privileges node-generic-resources oom-score-adjust pidfile raw-logs registry-mirrors rootless runtimes
seccomp-profile selinux-enabled shutdown-timeout storage-driver storage-opts swarm-default-advertise-addr
swarm-raft-election-tick swarm-raft-heartbeat-tick tls tlscacert tlscert tlskey tlsverify userland-proxy
userland-proxy-path userns-remap
"""
KEYS_OF_20 = frozenset(_KEYS.split())
# Flags of dockerd whose key has another name.
KEY_OF_FLAG = {
    "D": "debug",
    "G": "group",
    "H": "hosts",
    "add-runtime": "runtimes",
    "authorization-plugin": "authorization-plugins",
    "b": "bridge",
    "cluster-store-opt": "cluster-store-opts",
    "default-address-pool": "default-address-pools",
    "default-ulimit": "default-ulimits",
    "dns-opt": "dns-opts",
    "exec-opt": "exec-opts",
    "g": "data-root",
    "host": "hosts",
    "insecure-registry": "insecure-registries",
    "l": "log-level",
    "label": "labels",
    "log-opt": "log-opts",
    "node-generic-resource": "node-generic-resources",
    "p": "pidfile",
    "registry-mirror": "registry-mirrors",
    "s": "storage-driver",
    "storage-opt": "storage-opts",
}


def flags_of(arguments: t.Iterable[str]) -> dict[str, str]:
    """Return key of the settings -> the argument of dockerd that sets it too."""
    flags = [argument for argument in arguments if argument.startswith("-")]
    names = [(flag.partition("=")[0].lstrip("-"), flag) for flag in flags]
    return {KEY_OF_FLAG.get(name, name): flag for name, flag in names}


def problems(settings: Settings, flags: dict[str, str], version: tuple[int, ...], unit: str) -> list[str]:
    """Return what of the settings the engine, or we, would refuse; each with its reason and what to do.

    ``flags``: as of ``flags_of``; ``version``: of the engine, empty where it is not known.
    """
    return [*_unknown(settings, version), *_doubled(settings, flags, unit), *_open_sockets(settings)]


def _unknown(settings: Settings, version: tuple[int, ...]) -> t.Iterator[str]:
    if not version or version >= VALIDATES:
        return
    for key in sorted(settings.keys() - KEYS_OF_20):
        close = difflib.get_close_matches(key, KEYS_OF_20, n=1)
        meant = f" Is {close[0]} meant?" if close else ""
        yield (
            f"{key}: the engine of this host ({'.'.join(map(str, version))}) has no such setting and would not start."
            f"{meant} null removes the key."
        )


def _doubled(settings: Settings, flags: dict[str, str], unit: str) -> t.Iterator[str]:
    for key in sorted(settings.keys() & flags.keys()):
        yield (
            f"{key}: dockerd runs with {flags[key]}, and does not start with a setting that is a flag too. Remove the"
            f" flag (systemctl edit {unit}, /etc/default/docker), or give null to remove the key."
        )


def _open_sockets(settings: Settings) -> t.Iterator[str]:
    hosts = settings.get("hosts")
    for address in hosts if isinstance(hosts, list) else []:
        if str(address).startswith("tcp:"):
            yield (
                f"hosts: {address}: whoever reaches that port is root on this host. Nobody needs it: ssh://HOST as"
                " DOCKER_HOST does the same by SSH. Leave it out; null removes the key."
            )
