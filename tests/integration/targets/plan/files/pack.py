# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module launch with what Ansible would send along, as a tar file. Arguments: this checkout, the tar file."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

import ansible

checkout, archive = (Path(argument) for argument in sys.argv[1:])
core = Path(ansible.__file__).parent
collection = Path("ansible_collections/longshore/fleet/plugins")


def source(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leaves compiled files behind."""
    return None if entry.name.endswith("__pycache__") else entry


with tarfile.open(archive, "w") as tar:
    for name in ("__init__.py", "release.py", "_vendor", "module_utils"):
        tar.add(core / name, Path("ansible") / name, filter=source)
    for name in ("module_utils", "modules"):
        tar.add(checkout / "plugins" / name, collection / name, filter=source)
