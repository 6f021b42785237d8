# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The large image: layers that cannot be compressed, in the lab's registry and on no host."""

from __future__ import annotations

import subprocess

from tests.benchmark.hosts import Hosts
from tests.faults.lab import CHECKOUT, run


def have_large_image(hosts: Hosts) -> None:
    """Build the image and push it, unless the registry has it."""
    ask = ["docker", "manifest", "inspect", "--insecure", hosts.large]
    if subprocess.run(ask, capture_output=True, check=False).returncode == 0:
        return
    context = str(CHECKOUT / "tests/benchmark/image")
    run("docker", "build", "--quiet", "--build-arg", f"BASE={hosts.small}", "--tag", hosts.large, context)
    run("docker", "push", "--quiet", hosts.large)
    run("docker", "rmi", hosts.large)
