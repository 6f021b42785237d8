# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the options of a task reach a host through a pipe; else they lie in a file there, with the secrets."""

from __future__ import annotations

import typing as t

from ansible import constants
from ansible.utils.display import Display

# Ansible's connection plugin.
Connection = t.Any
AFTER = ", or look through its ~/.ansible/tmp after a run that was killed"


def warn_of_files(connection: Connection, secrets: t.Any, task_vars: dict[str, t.Any], wrap_async: bool) -> None:
    """Warn of a file with the secrets, where the task has any; the same text is shown once in a run."""
    warning = way_of_secrets(connection, task_vars["inventory_hostname"], wrap_async) if secrets else ""
    if warning:
        Display().warning(warning)


def way_of_secrets(connection: Connection, host: str, wrap_async: bool = False) -> str:
    """Return a warning where secrets pass through a file of the host, with the reason; empty where they don't."""
    # ansible-core 2.19 asks for the second by itself.
    if connection.is_pipelining_enabled(wrap_async) and not constants.DEFAULT_KEEP_REMOTE_FILES:
        return ""
    reason = _reason(connection, wrap_async)
    return f"{host}: secrets reach this host in a file of Ansible's remote temporary folder, as {reason}"


def _reason(connection: Connection, wrap_async: bool) -> str:
    if constants.DEFAULT_KEEP_REMOTE_FILES:
        return "ANSIBLE_KEEP_REMOTE_FILES is set: they stay there. Unset it, and remove them from its ~/.ansible/tmp"
    if wrap_async:
        return f"async keeps them there until the task has ended; leave it out{AFTER}"
    if connection.become and not connection.become.pipelining:
        method = connection.become.name.rpartition(".")[2]
        return f"become_method {method} takes no pipelining; use sudo, or connect as root{AFTER}"
    if not connection.has_pipelining:
        return f"the connection {connection.transport} has no pipelining; use ssh{AFTER}"
    return (
        "pipelining is off, by ansible_pipelining, ansible_ssh_pipelining or a terminal that ssh asks for (-t,"
        f" RequestTTY); switch it on{AFTER}"
    )
