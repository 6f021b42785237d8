# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files with a CA that conditions and the page of a release are to be asked with, before they are."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.tls import Trust
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec


def unusable_authorities(wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a sentence for each ``ca_file`` that this host lacks, or that is none; what the launch writes comes yet."""
    coming = {file.path for file in wanted.files}
    for where, path in _named(wanted):
        if path in coming:
            continue
        try:
            Trust(ca_file=path).context({"ca_file": f"{where}.ca_file"})
        except Failure as failure:
            yield str(failure)


def _named(wanted: InstanceSpec) -> t.Iterator[tuple[str, str]]:
    for condition in (*wanted.gate.before, *wanted.gate.after):
        if condition.ca_file:
            yield condition.where, condition.ca_file
    if wanted.reload and wanted.reload.ca_file:
        yield "service_reload", wanted.reload.ca_file
