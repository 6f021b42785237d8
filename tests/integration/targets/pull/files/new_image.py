#!/usr/bin/env python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts an image into a registry that no host has: busybox with another label.

    new_image.py REGISTRY REPOSITORY TAG [BYTES]

With BYTES its manifest says that its layer has so many, and its configuration that no host has that layer yet.
"""

from __future__ import annotations

import hashlib
import json
import sys
import typing as t
import urllib.request

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
SOURCE, SOURCE_TAG = "busybox", "1.35"


def ask(method: str, url: str, body: bytes | None = None, kind: str = MANIFEST) -> t.Any:
    """Return the answer: its body and its headers."""
    headers = {"Accept": MANIFEST, "Content-Type": kind}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=10) as answer:
        return answer.read(), answer.headers


def main(registry: str, repository: str, tag: str, size: int | None) -> None:
    """Mounts the layers, pushes configuration and manifest."""
    source, target = (f"http://{registry}/v2/{name}" for name in (SOURCE, repository))
    manifest = json.loads(ask("GET", f"{source}/manifests/{SOURCE_TAG}")[0])
    config = json.loads(ask("GET", f"{source}/blobs/{manifest['config']['digest']}")[0])
    for layer in manifest["layers"]:
        ask("POST", f"{target}/blobs/uploads/?mount={layer['digest']}&from={SOURCE}", b"")
    config["config"]["Labels"] = {"edition": tag}
    if size is not None:
        manifest["layers"] = [{**manifest["layers"][0], "size": size}]
        config["rootfs"]["diff_ids"] = [f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}"]
    data = json.dumps(config).encode()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    where = ask("POST", f"{target}/blobs/uploads/", b"")[1]["Location"]
    ask("PUT", f"{where}&digest={digest}", data, "application/octet-stream")
    manifest["config"] = {**manifest["config"], "digest": digest, "size": len(data)}
    ask("PUT", f"{target}/manifests/{tag}", json.dumps(manifest).encode())


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]) if len(sys.argv) > 4 else None)
