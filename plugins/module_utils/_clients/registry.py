# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image's architecture and size, asked of its registry before anything is pulled."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import docker as engine

if not engine.IMPORT_ERROR:
    import requests

INDEXES = (
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)
MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)
# Seconds for one request. A registry that is slow is no reason not to deploy: then no size is known.
TIMEOUT = 5.0


class Layer(t.NamedTuple):
    """A layer of an image: its digest when unpacked, by which engines know it, and its bytes when packed."""

    diff_id: str
    size: int


class Described(t.NamedTuple):
    """An image of a registry: the architectures it is for, and the layers for the one that was asked for."""

    architectures: tuple[str, ...]
    layers: tuple[Layer, ...]


def describe(reference: str, architecture: str) -> Described | None:
    """Tell about ``registry/name@digest``; None where the registry does not tell (it wants a login, say)."""
    registry, slash, rest = reference.partition("/")
    if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
        return None  # Docker Hub answers nobody without a token
    name, _at, digest = rest.partition("@")
    for scheme in ("https", "http"):
        answer = _get(f"{scheme}://{registry}/v2/{name}/manifests/{digest}")
        if answer and answer.get("manifests"):
            of = {m["platform"].get("architecture", ""): m["digest"] for m in answer["manifests"] if m.get("platform")}
            if architecture not in of:
                return Described(tuple(sorted(of.keys() - {"", "unknown"})), ())
            answer = _get(f"{scheme}://{registry}/v2/{name}/manifests/{of[architecture]}")
        config = _get(f"{scheme}://{registry}/v2/{name}/blobs/{answer['config']['digest']}") if answer else None
        if answer and config:
            sizes = [layer["size"] for layer in answer["layers"]]
            layers = tuple(map(Layer, config["rootfs"]["diff_ids"], sizes))
            return Described((config["architecture"],) if config.get("architecture") else (), layers)
    return None


def _get(url: str) -> dict[str, t.Any] | None:
    with requests.Session() as session:
        session.trust_env = False  # the engine has its own proxies, and this is a question beside it
        try:
            answer = session.get(url, headers={"Accept": ", ".join((*MANIFESTS, *INDEXES))}, timeout=TIMEOUT)
            return dict(answer.json()) if answer.ok else None
        except (requests.RequestException, ValueError):
            return None
