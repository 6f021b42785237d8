# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text diff of a service's files, for whoever asks for it (--diff)."""

from __future__ import annotations

import difflib
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import HostFile
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.shared_folders import safe_files
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# Lines that are shown of one file.
MOST = 200
READABLE_BY_ALL = 0o004


def with_file_diffs(host: Host, wanted: InstanceSpec, plan: Plan) -> Plan:
    """Return the plan with a unified diff at each change of a file that all users of the host may read.

    A file that is kept from others may hold a secret, and its content is not shown.
    """
    there, files = safe_files(host, wanted), {f"files.{file.path}": file for file in wanted.files}
    changes = (replace(c, diff=diff_of(there, files[c.key])) if c.key in files else c for c in plan.changes)
    return replace(plan, changes=tuple(changes))


def diff_of(there: SafeFiles, file: HostFile) -> str:
    """Return what a change of the file changes on the host, as lines for people."""
    kept = there.read(file.path)
    content, owner, group, mode = kept or (b"", file.owner, file.group, file.mode)
    lines = []
    if (owner, group) != (file.owner, file.group):
        lines.append(f"owner {owner}:{group} -> {file.owner}:{file.group}")
    if mode != file.mode:
        lines.append(f"mode {mode:04o} -> {file.mode:04o}")
    if not mode & file.mode & READABLE_BY_ALL:
        return "\n".join([*lines, f"content not shown, as not everybody may read the file (mode {file.mode:04o})"])
    try:
        before = content.decode().splitlines()
    except UnicodeDecodeError:
        return "\n".join([*lines, "the file there is not text"])
    found = [*difflib.unified_diff(before, file.content.splitlines(), file.path, file.path, lineterm="", n=1)]
    more = [f"and {len(found) - MOST} lines more"] if len(found) > MOST else []
    return "\n".join([*lines, *found[:MOST], *more])
