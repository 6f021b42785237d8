# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a host that cannot be reached, by what SSH has said."""

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._unreachable import reason_of, with_advice

SENT = 'Task failed: Data could not be sent to remote host "10.0.0.1". Make sure this host can be reached over ssh: '
CONNECTED = "Task failed: Failed to connect to the host via ssh: "


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("root@10.0.0.1: Permission denied (publickey).", "bring your public key there (ssh-copy-id USER@HOST), or"),
        ("Host key verification failed.", "connect once by hand (ssh HOST) and compare"),
        ("ssh: Could not resolve hostname web1: Name or service not known", "Correct ansible_host in the inventory"),
        ("ssh: connect to host 10.0.0.1 port 22: Connection refused", "No SSH server listens there"),
        ("ssh: connect to host 10.0.0.1 port 22: No route to host", "Is the host up, and the address right"),
        ("ssh: connect to host 10.0.0.1 port 22: Connection timed out", "To go on without it: --limit"),
    ],
)
@pytest.mark.parametrize("wrapped", [SENT, CONNECTED, ""])
def test_what_ssh_says(said: str, advice: str, wrapped: str) -> None:
    assert reason_of(wrapped + said) == said
    told = with_advice(wrapped + said)
    assert told.startswith(said.rstrip("."))
    assert advice in told


def test_other_words_stay_as_they_are() -> None:
    assert with_advice("no route") == "no route"
