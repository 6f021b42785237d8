# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code: its number, its release, and a page that never ends. A case may put something broken beside it."""

import importlib
import time
from pathlib import Path

importlib.import_module("broken")
NUMBER = Path("number").read_text(encoding="utf-8")
RELEASE = Path(".release").read_text(encoding="utf-8")


def page(path: str) -> str:
    """Return the text of a page."""
    while path == "/never":
        time.sleep(60)
    return RELEASE if path == "/release" else NUMBER


def migrate() -> None:
    """There is no database here."""
    Path("number").stat()
