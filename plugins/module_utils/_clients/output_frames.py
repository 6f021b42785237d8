# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What containers and commands in them write, as the engine sends it: frames of standard output and standard error."""

from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.module_utils._masking import CUT

# The engine's frames of output: stream, three empty bytes, length.
HEADER = 8
# Bytes of text that are kept, the last ones: what failed stands at the end.
KEPT = 65536
# What stands for bytes that are no text, also for a character that was cut in the middle.
NO_TEXT = "\ufffd"


class Frames:
    """Takes the frames out of what comes; they may be cut anywhere, in their headers too."""

    def __init__(self) -> None:
        self._rest = b""

    def add(self, raw: bytes) -> list[tuple[int, bytes]]:
        """Return the frames that are whole with these bytes: stream and content."""
        data, start, whole = self._rest + raw, 0, []
        while len(data) >= start + HEADER:
            begin = start + HEADER
            stop = begin + int.from_bytes(data[start + 4 : begin], "big")
            if len(data) < stop:
                break
            whole.append((data[start], data[begin:stop]))
            start = stop
        self._rest = data[start:]
        return whole

    @property
    def begun(self) -> bytes:
        """What has come of the frame that is not whole yet."""
        return self._rest[HEADER:]


class Output:
    """The end of the text of both streams, in the order in which it was written; ``add`` takes bytes as they come.

    ``framed``: not so for a container with a terminal, which writes plain text.
    """

    def __init__(self, framed: bool = True) -> None:
        self._frames = Frames() if framed else None
        self._kept = b""
        self._cut = False

    def add(self, raw: bytes) -> None:
        """Add the next bytes of the connection."""
        self._keep(b"".join(content for _stream, content in self._frames.add(raw)) if self._frames else raw)

    def _keep(self, more: bytes) -> None:
        whole = self._kept + more
        self._cut = self._cut or len(whole) > KEPT
        self._kept = whole[-KEPT:]

    def _whole(self) -> bytes:
        return self._kept + (self._frames.begun if self._frames else b"")

    @property
    def is_cut(self) -> bool:
        """Whether there was more before."""
        return self._cut or len(self._whole()) > KEPT

    @property
    def text(self) -> str:
        """What has come so far; where there was more before, it begins so that ``masked`` finds a part of a secret."""
        text = self._whole()[-KEPT:].decode(errors="replace")
        if self.is_cut:
            text = f"{CUT}{text.lstrip(NO_TEXT)[len(CUT) :]}"
        return text.lstrip("\r\n").rstrip()
