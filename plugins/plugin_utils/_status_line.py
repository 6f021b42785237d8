# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line at the bottom of a terminal that tells what is being waited for."""

from __future__ import annotations

import os
import shutil
import threading
import typing as t

ERASE = "\r\x1b[K"


class StatusLine:
    """Draws what ``text`` returns once a second, in place, and makes way for all that Ansible displays.

    Ansible's workers are forks of this process: they neither draw nor touch the lock.
    """

    def __init__(self, display: t.Any, text: t.Callable[[], str], descriptor: int = 1) -> None:
        self._text = text
        self._descriptor = descriptor
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._drawn = ""
        self._display = display.display
        display.display = self.make_way
        threading.Thread(target=self._keep_drawing, daemon=True).start()

    def make_way(self, *arguments: t.Any, **options: t.Any) -> t.Any:
        """Display as Ansible does, on a line that was erased."""
        if os.getpid() != self._process:
            return self._display(*arguments, **options)
        with self._lock:
            self._erase()
            return self._display(*arguments, **options)

    def end(self) -> None:
        """Draw no more."""
        self._ended.set()
        with self._lock:
            self._erase()

    def draw(self) -> None:
        """Draw where there is anything to tell, and where it is not there already."""
        with self._lock:
            line = self._text()[: shutil.get_terminal_size().columns - 1]
            if line != self._drawn and not self._ended.is_set():
                os.write(self._descriptor, f"\r{line}\x1b[K".encode())
                self._drawn = line

    def _keep_drawing(self) -> None:
        while not self._ended.wait(1):
            self.draw()

    def _erase(self) -> None:
        if self._drawn:
            os.write(self._descriptor, ERASE.encode())
            self._drawn = ""
