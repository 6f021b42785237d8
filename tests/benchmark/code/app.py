# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code: a page that shows its release."""

from pathlib import Path

RELEASE = Path(".release").read_text(encoding="utf-8")


def page(_path: str) -> str:
    """Return the text of a page."""
    return RELEASE
