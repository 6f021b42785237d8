# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The size of an image, asked of its registry before anything is pulled."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients import docker as engine

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


def layers(reference: str, architecture: str) -> list[Layer] | None:
    """The layers of ``registry/name@digest``; None where the registry does not tell (it wants a login, say)."""
    registry, slash, rest = reference.partition("/")
    if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
        return None  # Docker Hub answers nobody without a token
    name, _at, digest = rest.partition("@")
    for scheme in ("https", "http"):
        answer = _get(f"{scheme}://{registry}/v2/{name}/manifests/{digest}")
        if answer and answer.get("manifests"):
            matching = [m["digest"] for m in answer["manifests"] if m["platform"].get("architecture") == architecture]
            answer = _get(f"{scheme}://{registry}/v2/{name}/manifests/{matching[0]}") if matching else None
        config = _get(f"{scheme}://{registry}/v2/{name}/blobs/{answer['config']['digest']}") if answer else None
        if answer and config:
            sizes = [layer["size"] for layer in answer["layers"]]
            return [Layer(*pair) for pair in zip(config["rootfs"]["diff_ids"], sizes)]
    return None


def _get(url: str) -> dict[str, t.Any] | None:
    with requests.Session() as session:
        session.trust_env = False  # the engine has its own proxies, and this is a question beside it
        try:
            answer = session.get(url, headers={"Accept": ", ".join((*MANIFESTS, *INDEXES))}, timeout=TIMEOUT)
            return dict(answer.json()) if answer.ok else None
        except (requests.RequestException, ValueError):
            return None
