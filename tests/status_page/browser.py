# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chromium, without a window, as somebody at its keyboard sees it; driven by the W3C's WebDriver protocol."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import subprocess
import time
import typing as t
from pathlib import Path

DRIVER = "/usr/bin/chromedriver"
# No window, no connections of its own, and root may start it.
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Right": "\ue014", "Down": "\ue015"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def free_port() -> int:
    """Return a port of loopback that nobody has yet."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(what: t.Callable[[], t.Any], seconds: float, shown: str) -> t.Any:
    """Return the first answer that is true; AssertionError with ``shown`` where none is in time."""
    end = time.monotonic() + seconds
    while True:
        answer = what()
        if answer or time.monotonic() > end:
            assert answer, f"not within {seconds:g} s: {shown}"
            return answer
        time.sleep(0.1)


class Browser:
    """One window. ``phone``: as wide as one, where a finger takes the place of a mouse."""

    def __init__(self, port: int, profile: Path, phone: bool = False) -> None:
        self._port = port
        arguments = [*ARGUMENTS, f"--user-data-dir={profile}", "--window-size=1280,900"]
        options: dict[str, t.Any] = {"args": arguments, "binary": "/usr/bin/chromium"}
        if phone:
            options["mobileEmulation"] = {"deviceMetrics": {"width": 390, "height": 844, "pixelRatio": 2}}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        self._session = self._call("POST", "/session", {"capabilities": wanted})["sessionId"]

    def close(self) -> None:
        self.call("DELETE", "")

    def call(self, method: str, path: str, body: dict[str, t.Any] | None = None) -> t.Any:
        """Return the value of an answer of the driver to a request about this window."""
        return self._call(method, f"/session/{self._session}{path}", body)

    def _call(self, method: str, path: str, body: dict[str, t.Any] | None = None) -> t.Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        data = None if method != "POST" else json.dumps(body or {})
        connection.request(method, path, data, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())["value"]
        connection.close()
        assert response.status == 200, answer
        return answer

    def open(self, url: str) -> None:
        self.call("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: t.Any) -> t.Any:
        """Return what a script of the driver's returns; the page's own policy does not hold for it."""
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def texts(self, selector: str) -> list[str]:
        """Return the texts of all elements that CSS selects, as the page has them."""
        script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
        return t.cast(list[str], self.run(script, selector))

    def wait(self, selector: str, has: str, seconds: float = 20) -> str:
        """Return the first text of the selected elements that has another one in it; waits for it."""

        def found() -> str:
            return next((text for text in self.texts(selector) if has in text), "")

        shown = f"{has!r} in {selector} of {self.run('return document.body.innerText')[:2000]}"
        with contextlib.suppress(AssertionError):
            return str(wait_for(found, seconds, shown))
        raise AssertionError(f"{has!r} is not in {selector}: {self.texts(selector)[:30]}; {self.log()}")

    def find(self, selector: str) -> dict[str, str]:
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        return {ELEMENT: found[ELEMENT]}

    def click(self, selector: str) -> None:
        self.call("POST", f"/element/{self.find(selector)[ELEMENT]}/click")

    def type(self, selector: str, text: str) -> None:
        self.call("POST", f"/element/{self.find(selector)[ELEMENT]}/value", {"text": text})

    def press(self, *names: str) -> None:
        """Press keys one after the other, wherever the focus is."""
        keys = [KEYS.get(name, name) for name in names]
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def focused(self) -> str:
        """Return what a screen reader would say first of the focused element, about."""
        return str(self.run("const e = document.activeElement; return e.title || e.textContent || e.id"))

    def darken(self) -> None:
        """Have the page see a visitor who prefers dark."""
        media = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        self.call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": media})

    def screenshot(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    def log(self) -> list[str]:
        """Return what the console had to say since the last call, such as what the policy has kept from running."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]


@contextlib.contextmanager
def driver() -> t.Iterator[int]:
    """Run the driver, and return its port."""
    port = free_port()
    process = subprocess.Popen([DRIVER, f"--port={port}", "--silent"], stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: _answers(port), 30, "the driver of Chromium answers")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
