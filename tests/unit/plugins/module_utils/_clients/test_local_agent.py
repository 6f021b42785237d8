# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import http.server
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import local_agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.local_agent import (
    Digests,
    has_user,
    request,
    version_of,
)


class Agent(http.server.BaseHTTPRequestHandler):
    """Answers as an agent that denies, and knows its leader."""

    def do_GET(self) -> None:
        status, body = (200, b'"192.0.2.1:8300"') if self.path == "/v1/status/leader" else (403, b"Permission denied")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: t.Any) -> None:
        pass


def test_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Agent) as server:
        monkeypatch.setattr(local_agent, "API", server.server_address)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert request("status/leader") == (200, "192.0.2.1:8300")
        assert request("agent/self") == (403, None)
        server.shutdown()
    assert request("agent/self") == (None, None)


@pytest.mark.parametrize(
    ("output", "version"),
    [("Consul v1.8.7\nProtocol 2 spoken", "1.8.7"), ("Consul v1.13.9+dev\n", "1.13.9"), ("no version", "")],
)
def test_version_of(output: str, version: str, tmp_path: Path) -> None:
    program = tmp_path / "consul"
    program.write_text(f"#!/bin/sh\necho '{output}'\n")
    program.chmod(0o755)
    assert version_of(str(program)) == version
    assert version_of(str(tmp_path / "none")) == ""


def test_has_user() -> None:
    assert has_user("root")
    assert not has_user("no-such-user")


def line(path: Path) -> str:
    """Return what sha256sum writes of a file."""
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path}\n"


def test_digests(tmp_path: Path) -> None:
    program, settings, note = tmp_path / "program", tmp_path / "some settings", tmp_path / "note"
    program.write_text("a program")
    settings.write_text("{}")
    assert Digests().of(str(program)) == hashlib.sha256(b"a program").hexdigest()
    assert Digests().of(str(tmp_path / "none")) == ""
    assert not Digests().agree_with(str(note))
    note.write_text(line(program) + line(settings))
    assert Digests().agree_with(str(note))
    settings.write_text('{"changed": true}')
    assert not Digests().agree_with(str(note))
    settings.unlink()
    assert not Digests().agree_with(str(note))


@pytest.mark.parametrize("content", ["", "\n", "no digest\n"])
def test_a_note_that_was_cut_off_agrees_with_nothing(content: str, tmp_path: Path) -> None:
    note = tmp_path / "note"
    note.write_text(content)
    assert not Digests().agree_with(str(note))
