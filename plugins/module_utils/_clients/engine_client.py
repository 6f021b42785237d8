# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker SDK's client of one engine: its logins, and how long it waits."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import sys
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.credentials import credentials
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

try:
    import requests
    from docker import APIClient
except ImportError:
    # clients.docker reports the missing library; without it nothing below is called.
    APIClient = object

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_address import EngineAddress

# Seconds that an engine may say nothing: in most calls, and while it builds, loads, pulls, pushes or asks a registry.
TIMEOUT = 60
SILENCE = 3600

# Bytes of a log that are read at once.
PIECE = 65536

# Seconds within which the engine knows that a container has ended.
ENDS_WITHIN = 2


class EngineClient(APIClient):  # type: ignore[misc]
    """The SDK's client with logins that end nothing when a helper fails, and without calls that may last for ever."""

    def __init__(self, address: EngineAddress) -> None:
        self.credentials = credentials()
        over_ssh = address.host.startswith("ssh://")
        if over_ssh and importlib.util.find_spec("paramiko") is None:
            raise Failure(
                f"{address.origin}: for {address.host} the Docker SDK needs the Python package paramiko, which"
                f" {sys.executable} does not have. Install it there: {sys.executable} -m pip install paramiko"
            )
        super().__init__(
            base_url=address.host, version="auto", timeout=TIMEOUT, tls=address.tls, use_ssh_client=over_ssh
        )
        # The SDK asks this object for logins, and offers no option for it.
        self._auth_configs = self.credentials

    def send(self, *arguments: t.Any, **options: t.Any) -> t.Any:
        """Send a request; where the SDK would wait for ever, wait for ``SILENCE`` at most."""
        if options.get("timeout") is None:
            options["timeout"] = SILENCE
        return super().send(*arguments, **options)

    def update(self, container: str, changes: dict[str, t.Any]) -> None:
        """Change limits and restart policy, by the API's own names; the SDK's update_container knows only some of them.

        The engine fails to update a container that ends meanwhile, as one in a crash loop does, and has many words for
        it. So a failure counts where the same process runs on.
        """
        url = f"{self.base_url}/v{self.api_version}/containers/{container}/update"
        deadline = Deadline(ENDS_WITHIN)
        while True:
            process = self._process(container)
            answer = self.post(url, json=changes, timeout=TIMEOUT)
            failed = answer.status_code == requests.codes.internal_server_error
            has_ended = functools.partial(self._is_another, container, process)
            if not (failed and deadline.left and deadline.wait_for(has_ended)):
                self._raise_for_status(answer)
                return

    def log(self, container: str, **parameters: t.Any) -> t.Iterator[bytes]:
        """Yield the log of a container in pieces, both streams, as the API sends it.

        The SDK's own ``logs`` does not tell the streams apart, and reads that of a terminal byte by byte.
        """
        url = f"{self.base_url}/v{self.api_version}/containers/{container}/logs"
        given = {"stdout": 1, "stderr": 1, **parameters}
        with self.get(url, params=given, stream=True, timeout=TIMEOUT) as answer:
            self._raise_for_status(answer)
            yield from answer.iter_content(PIECE)

    def _is_another(self, container: str, process: int) -> bool:
        return self._process(container) != process

    def _process(self, container: str) -> int:
        """Return the process ID of a container; 0 where it does not run."""
        return int(self.inspect_container(container)["State"]["Pid"])

    @contextlib.contextmanager
    def patience(self) -> t.Iterator[None]:
        """Wait for ``SILENCE`` in calls for which the SDK takes the client's timeout."""
        self.timeout = SILENCE
        try:
            yield
        finally:
            self.timeout = TIMEOUT
