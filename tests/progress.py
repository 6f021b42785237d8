#!/usr/bin/env python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command, and tells for how long it has said nothing: `tests/progress.py COMMAND...`.

On a terminal that is a line that counts, and goes when there is something to read; elsewhere a line now and then.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time

# Seconds of silence before anything is told, and between two lines where there is no terminal.
QUIET, BETWEEN = 5, 15


def follow(process: subprocess.Popen[bytes], terminal: bool) -> None:
    """Pass the output on until it ends, and fill long silences."""
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    begin = time.monotonic()
    told = begin + QUIET - BETWEEN
    clear = b""
    while True:
        if selector.select(1):
            output = os.read(process.stdout.fileno(), 65536)
            if not output:
                break
            show(clear + output)
            begin, clear = time.monotonic(), b""
            told = begin + QUIET - BETWEEN
            continue
        now = time.monotonic()
        if terminal and now - begin >= QUIET:
            show(f"\r… {now - begin:.0f} s".encode())
            clear = b"\r\x1b[K"
        elif not terminal and now - told >= BETWEEN:
            show(f"… {now - begin:.0f} s\n".encode())
            told = now


def show(output: bytes) -> None:
    sys.stdout.buffer.write(output)
    sys.stdout.buffer.flush()


def main(command: list[str]) -> int:
    terminal = sys.stdout.isatty()
    colours = {"ANSIBLE_FORCE_COLOR": "1"} if terminal and "NO_COLOR" not in os.environ else {}
    environment = {**os.environ, **colours, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    try:
        follow(process, terminal)
    except KeyboardInterrupt:  # the command has heard it too, and ends by itself
        follow(process, terminal)
    return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
