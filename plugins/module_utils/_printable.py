# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that others wrote, such as keys of Consul's KV, in messages and in commands that people copy."""

from __future__ import annotations

import shlex


def printable(text: str) -> str:
    """Return a text of one line without what a terminal would take as a command; whoever wrote it may mean harm."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def shell_word(text: str) -> str:
    """Return a text as one word of a command that may be copied into a shell; what is not printable as bash has it."""
    if text.isprintable():
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{printable(escaped)}'"
