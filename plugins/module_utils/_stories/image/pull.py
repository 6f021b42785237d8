# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image onto a host."""

from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host


def pull(host: Host, wanted: InstanceSpec) -> bool:
    """Bring the image onto the host; return whether it had to be pulled."""
    if host.docker.image(wanted.container.reference):
        return False
    host.docker.pull(wanted.container.reference)
    return True
