# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker SDK's client of one engine: its logins, and how long it waits."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.credentials import credentials
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

try:
    from docker import APIClient
except ImportError:
    # clients.docker reports the missing library; without it nothing below is called.
    APIClient = object

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_address import EngineAddress

# Seconds that an engine may say nothing: in most calls, and while it builds, loads, pulls, pushes or asks a registry.
TIMEOUT = 60
SILENCE = 3600


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

    @contextlib.contextmanager
    def patience(self) -> t.Iterator[None]:
        """Wait for ``SILENCE`` in calls for which the SDK takes the client's timeout."""
        self.timeout = SILENCE
        try:
            yield
        finally:
            self.timeout = TIMEOUT
