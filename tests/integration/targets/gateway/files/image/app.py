# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service behind a gateway, told apart by its node: pages over HTTP, or a writer over TCP.

    app.py pages PORT NODE
    app.py writer PORT NODE LOG

A writer takes lines, notes each with the time and its node in LOG, and answers with its node.
"""

from __future__ import annotations

import socketserver
import sys
import threading
import time
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Connections that wait to be taken; with Python's five a moment without the processor makes clients wait for seconds.
BACKLOG = 256


class Server(socketserver.ThreadingTCPServer):
    """One thread for each connection."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = BACKLOG


class PagesServer(ThreadingHTTPServer):
    """The same for HTTP."""

    request_queue_size = BACKLOG


def pages(node: str) -> type[BaseHTTPRequestHandler]:
    """Return what answers requests: the node's name, over connections that last."""

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = node.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: t.Any) -> None:
            pass

    return Pages


def writer(node: str, log: str) -> type[socketserver.StreamRequestHandler]:
    """Return what takes lines."""
    lock = threading.Lock()

    class Writer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                with lock, open(log, "a", encoding="utf-8") as file:
                    file.write(f"{time.time():.6f} {node} {line.decode().strip()}\n")
                self.wfile.write(f"{node}\n".encode())

    return Writer


def main(kind: str, port: str, node: str, log: str = "") -> None:
    """Serve until killed."""
    address = ("", int(port))
    server = PagesServer(address, pages(node)) if kind == "pages" else Server(address, writer(node, log))
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
