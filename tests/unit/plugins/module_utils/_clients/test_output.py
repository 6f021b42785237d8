# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.output import nobody_reads


def test_a_pipe() -> None:
    reads, writes = os.pipe()
    assert not nobody_reads(writes)
    os.write(writes, b"not read yet")
    assert not nobody_reads(writes)
    os.close(reads)
    assert nobody_reads(writes)
    os.close(writes)


def test_a_socket() -> None:
    ours, theirs = socket.socketpair()
    assert not nobody_reads(ours.fileno())
    theirs.close()
    assert nobody_reads(ours.fileno())
    ours.close()


@pytest.mark.parametrize("path", ["file", os.devnull])
def test_what_has_no_other_end(path: str, tmp_path: Path) -> None:
    with open(tmp_path / path, "w", encoding="utf-8") as file:
        assert not nobody_reads(file.fileno())
