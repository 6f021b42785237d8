# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which folders of a host its containers may write, so that nothing there is taken for the administrator's own."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import binds

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host


def safe_files(host: Host, wanted: InstanceSpec) -> SafeFiles:
    """Return the host's files, with all folders as shared that this instance has or any container may write.

    Its own count also where it only reads them: a container of it that is gone may have written there, and left links.
    """
    own = [bind.source for bind in binds(wanted.container.options)]
    own += [directory.path for directory in wanted.directories]
    return safe_files_of(host.docker, [*own, wanted.code.path] if wanted.code else own)


def safe_files_of(engine: Docker, more: t.Iterable[str] = ()) -> SafeFiles:
    """Return the host's files, with ``more`` and all folders as shared that any container may write."""
    return SafeFiles([*engine.writable_folders(), *more])
