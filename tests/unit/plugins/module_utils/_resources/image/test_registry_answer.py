# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What engines say of registries, word for word, and what is made of it."""

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.registry_answer import (
    registry_of,
    registry_trouble,
)

REFERENCE = "reg.example.com:5000/team/web:1.2"


@pytest.mark.parametrize(
    ("reason", "meaning", "remedy"),
    [
        ("no basic auth credentials", "wants a login", "docker login reg.example.com:5000"),
        ("unauthorized: authentication required", "wants a login", "docker login"),
        ("unauthorized: incorrect username or password", "wants a login", "docker login"),
        ("Get https://reg.example.com:5000/v2/: unauthorized: ", "wants a login", "docker login"),
        ("unexpected status from HEAD request to https://x/v2/: 401 Unauthorized", "wants a login", "docker login"),
        ("denied: requested access to the resource is denied", "refuses access", "Correct the name"),
        ("error parsing HTTP 403 response body: 403 Forbidden", "refuses access", "Correct the name"),
        ("server message: insufficient_scope: authorization failed", "refuses access", "Correct the name"),
        (
            "pull access denied for web, repository does not exist or may require 'docker login'",
            "refuses access",
            "Correct the name",
        ),
        ("toomanyrequests: You have reached your pull rate limit.", "too many requests", "Wait"),
        ("received unexpected HTTP status: 429 Too Many Requests", "too many requests", "Wait"),
        ("manifest unknown: manifest unknown", "does not have it", "push the image first"),
        ("manifest for reg.example.com:5000/team/web:1.2 not found", "does not have it", "push the image first"),
        ("name unknown: repository name not known to registry", "does not have it", "push the image first"),
        ("received unexpected HTTP status: 500 Internal Server Error", "failed by itself", "own log"),
        ("received unexpected HTTP status: 502 Bad Gateway", "failed by itself", "own log"),
        ("error parsing HTTP 503 response body: invalid character 'o'", "failed by itself", "own log"),
        ("received unexpected HTTP status: 504 Gateway Time-out", "failed by itself", "own log"),
        (
            "x509: certificate signed by unknown authority",
            "authority",
            "/etc/docker/certs.d/reg.example.com:5000/ca.crt",
        ),
        ("x509: certificate has expired or is not yet valid", "by TLS", "its dates"),
        ("x509: certificate is valid for a.example.com, not reg.example.com", "by TLS", "its names"),
        ("remote error: tls: bad certificate", "by TLS", "client certificate"),
        ("http: server gave HTTP response to HTTPS client", "speaks plain HTTP", "insecure-registries"),
        ("Client sent an HTTP request to an HTTPS server.", "speaks HTTPS", "insecure-registries"),
        ("dial tcp 10.0.0.1:5000: connect: connection refused", "cannot be reached by the engine", "that it is up"),
        ("dial tcp: lookup reg.example.com: no such host", "cannot be reached by the engine", "Check its address"),
        ("net/http: TLS handshake timeout", "cannot be reached by the engine", "network and proxy"),
        ("net/http: request canceled (Client.Timeout exceeded while awaiting headers)", "cannot be reached", "proxy"),
        ("error parsing HTTP 405 response body: invalid character 'M'", "is read-only", "Push again later"),
        ("unsupported: The operation is unsupported.", "is read-only", "removing garbage"),
        ("error parsing HTTP 413 response body: <html>", "so large an upload", "client_max_body_size"),
        ("write /var/lib/docker/tmp/x: no space left on device", "no room left", "disks"),
        ("failed to register layer: exit status 1", "the engine cannot keep it", "journal"),
        ("invalid character '<' looking for beginning of value", "not as a registry does", "Correct the address"),
        ("missing or empty Content-Type header", "not as a registry does", "Correct the address"),
        ("something that nobody has seen", "cannot be used", "Check its address"),
    ],
)
def test_answers(reason: str, meaning: str, remedy: str) -> None:
    said = registry_trouble(REFERENCE, reason)
    assert said.startswith("the registry reg.example.com:5000 ")
    assert meaning in said.partition(f"({reason.strip()}). ")[0]
    assert remedy in said.partition(f"({reason.strip()}). ")[2]


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        pytest.param("reg:5000/denied:403", "Get https://reg:5000/v2/denied/manifests/403: EOF", id="name and tag"),
        pytest.param("reg:5000/web", "dial tcp 127.0.0.1:401: connect: connection refused", id="port"),
        pytest.param("reg:5000/web@sha256:00", "sha256:401: connection reset by peer", id="digest"),
    ],
)
def test_names_and_numbers_of_an_image_mean_nothing(reference: str, reason: str) -> None:
    assert "cannot be reached by the engine" in registry_trouble(reference, reason)


def test_docker_hub_is_what_docker_login_takes_by_itself() -> None:
    said = registry_trouble("team/web:1", "unauthorized")
    assert said.startswith("the registry Docker Hub wants a login")
    assert said.endswith("(docker login).")


def test_helpers_that_gave_no_login_are_named() -> None:
    trouble = "docker-credential-x, which /root/.docker/config.json names, gives no login (not installed)"
    assert registry_trouble(REFERENCE, "unauthorized", [trouble]).endswith(f" {trouble}.")


@pytest.mark.parametrize(
    ("reference", "registry"),
    [
        ("web", "Docker Hub"),
        ("team/web:1", "Docker Hub"),
        ("docker.io/library/debian", "Docker Hub"),
        ("localhost/web", "localhost"),
        ("reg.example.com/web", "reg.example.com"),
        ("[::1]:5000/web", "[::1]:5000"),
    ],
)
def test_registry_of(reference: str, registry: str) -> None:
    assert registry_of(reference) == registry
