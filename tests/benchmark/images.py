# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of the benchmark's own, in the lab's registry."""

from __future__ import annotations

import subprocess

from tests.benchmark.hosts import Hosts
from tests.faults.lab import CHECKOUT, run


def have_images(hosts: Hosts, works: set[str]) -> None:
    """Build and push what the works need, unless the registry has it."""
    if "pull" in works:
        have(hosts, hosts.large, "tests/benchmark/image")
    if works & {"reload", "reload-at-once"}:
        have(hosts, hosts.server, "tests/faults/code_fleet/images/server")


def have(hosts: Hosts, image: str, context: str) -> None:
    """Build one of them on the web server's image, and leave it in the registry alone."""
    ask = ["docker", "manifest", "inspect", "--insecure", image]
    if subprocess.run(ask, capture_output=True, check=False).returncode == 0:
        return
    folder = str(CHECKOUT / context)
    run("docker", "build", "--quiet", "--network=host", "--build-arg", f"BASE={hosts.small}", "--tag", image, folder)
    run("docker", "push", "--quiet", image)
    run("docker", "rmi", image)
