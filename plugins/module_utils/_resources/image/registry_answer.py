# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine says that a registry said, in words from which follows what to do."""

from __future__ import annotations

import re
import typing as t

HUB = "Docker Hub"


class Answer(t.NamedTuple):
    """Words by which an answer is known, what it means, and what to do; ``{registry}`` stands for its name."""

    words: str
    meaning: str
    remedy: str


# The first whose words are found counts.
ANSWERS = (
    Answer(
        r"toomanyrequests|too many requests|\b429\b|rate limit",
        "has had too many requests for now",
        "Wait, log in (docker login {registry}) for a higher limit, or use a mirror.",
    ),
    Answer(
        r"server gave HTTP response to HTTPS client",
        "speaks plain HTTP, and the engine HTTPS",
        "Serve it by TLS, or add it to insecure-registries in the engine's daemon.json.",
    ),
    Answer(
        r"HTTP request to an HTTPS server",
        "speaks HTTPS, and the engine plain HTTP",
        "Take it out of insecure-registries in the engine's daemon.json.",
    ),
    Answer(
        r"signed by unknown authority|self.signed certificate|certificate is not trusted",
        "has a certificate of an authority that the engine does not know",
        "Put the authority's certificate into /etc/docker/certs.d/{registry}/ca.crt on the engine's machine.",
    ),
    Answer(
        r"x509:|certificate (?:has expired|is valid for|is not valid)|tls: |handshake failure",
        "cannot be reached by TLS",
        "Look at its certificate: its names, its dates, the client certificate it asks for.",
    ),
    Answer(
        r"unauthorized|authentication (?:is )?required|no basic auth credentials|incorrect username or password"
        r"|\b401\b",
        "wants a login that it accepts",
        "Log in as the user who runs this, where this runs (docker login {registry}).",
    ),
    Answer(
        r"denied|forbidden|insufficient_scope|\b403\b",
        "refuses access",
        "Correct the name, or have this user allowed to use it, and log in as the user who runs this"
        " (docker login {registry}).",
    ),
    Answer(
        r"\b405\b|method not allowed|operation is unsupported",
        "is read-only",
        "Push again later: it may be removing garbage just now, and refuses pushes meanwhile.",
    ),
    Answer(
        r"too large|\b413\b",
        "refuses so large an upload",
        "Raise the limit of the proxy before it (client_max_body_size of nginx, say).",
    ),
    Answer(
        r"no space left on device|\b507\b",
        "or the engine has no room left",
        "Look at the disks of both, and remove what is not needed.",
    ),
    Answer(
        r"failed to register layer",
        "gave it, and the engine cannot keep it",
        "Look at the engine's journal and at the file system of its root.",
    ),
    Answer(
        r"manifest unknown|name unknown|not found|\b404\b",
        "does not have it",
        "Correct the reference, or push the image first.",
    ),
    Answer(
        r"invalid character '<'|content.type|text/html|invalid checksum digest",
        "answers, and not as a registry does",
        "Correct the address, or the proxy before it.",
    ),
    Answer(
        r"\b5\d\d\b|internal server error|bad gateway|service unavailable|gateway time-?out",
        "failed by itself",
        "Look at its own log and at a proxy before it, and run again.",
    ),
    Answer(
        r"connection re(?:fused|set)|no such host|no route to host|network is unreachable|server misbehaving"
        r"|i/o timeout|Client\.Timeout|deadline exceeded|TLS handshake timeout|\bEOF\b",
        "cannot be reached by the engine",
        "Check its address, that it is up, and the network and proxy of the engine.",
    ),
)
OTHER = Answer(
    "", "cannot be used", "Check its address, that it is up, and that this machine may use it (docker login)."
)


def registry_of(reference: str) -> str:
    """Return host and port of ``127.0.0.1:5000/web:1.2``; Docker Hub where the reference names none."""
    host, slash, _rest = reference.partition("/")
    named = bool(slash) and ("." in host or ":" in host or host == "localhost")
    return host if named and host not in ("docker.io", "index.docker.io") else HUB


def registry_trouble(reference: str, reason: str, credentials: t.Iterable[str] = ()) -> str:
    """Return what an engine's ``reason`` means, and what to do about it.

    ``credentials``: what is known of helpers that gave no login.
    """
    registry = registry_of(reference)
    # A name may hold any of the words, and a digest any number.
    said = reason.replace(reference, "").replace(reference.partition("@")[0].rpartition(":")[0] or reference, "")
    said = re.sub(r"sha256:[0-9a-f]+|https?://\S+|\d+(?:\.\d+){3}(?::\d+)?", "", said)
    answer = next((answer for answer in ANSWERS if re.search(answer.words, said, re.IGNORECASE)), OTHER)
    remedy = answer.remedy
    # Docker Hub is what `docker login` takes where nothing is named.
    remedy = remedy.replace(" {registry}", "") if registry == HUB else remedy.replace("{registry}", registry)
    helpers = "".join(f" {trouble}." for trouble in credentials)
    return f"the registry {registry} {answer.meaning} ({reason.strip()}). {remedy}{helpers}"
