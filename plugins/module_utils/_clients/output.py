# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's own output, at whose other end Ansible waits for the result."""

from __future__ import annotations

import select

STDOUT = 1


def nobody_reads(descriptor: int = STDOUT) -> bool:
    """Tell whether nobody will read the result any more: the run was interrupted (Ctrl-C), or its controller is gone.

    Ansible ends its connection then, and the SSH server closes the pipe or socket that the module writes to.
    """
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _descriptor, event in poll.poll(0))
