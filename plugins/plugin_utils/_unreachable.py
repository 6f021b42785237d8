# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What SSH says of a host that cannot be reached, and what to do about it."""

from __future__ import annotations

import re
import typing as t

# What Ansible puts before the words of SSH.
WRAPPED = re.compile(
    r"^Task failed: |Failed to connect to the host via ssh: |Data could not be sent to remote host \".*?\"\. "
    r"|Make sure this host can be reached over ssh: "
)


class Answer(t.NamedTuple):
    """Words by which an answer of SSH is known, and what to do."""

    words: str
    advice: str


# The first whose words are found counts.
ANSWERS = (
    Answer(
        r"Permission denied \(|Too many authentication failures|no such identity",
        "The host does not let this user in by this key: bring your public key there (ssh-copy-id USER@HOST), or"
        " correct ansible_user or ansible_ssh_private_key_file in the inventory.",
    ),
    Answer(
        r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED",
        "The host's own key is not the known one: connect once by hand (ssh HOST) and compare its fingerprint; where"
        " the host was made anew, remove the old key (ssh-keygen -R HOST).",
    ),
    Answer(
        r"Could not resolve hostname|Name or service not known",
        "Correct ansible_host in the inventory: no address has this name.",
    ),
    Answer(
        r"Connection refused",
        "No SSH server listens there: start it (systemctl start ssh), or correct ansible_port or ansible_host in the"
        " inventory.",
    ),
    Answer(
        r"No route to host|Network is unreachable|timed out|Connection (?:closed|reset)|not responding",
        "Is the host up, and the address right (ansible_host in the inventory)? To go on without it: --limit, or"
        " service_rollout.max_unreachable.",
    ),
)


def reason_of(message: str) -> str:
    """Return SSH's own words of Ansible's message."""
    return WRAPPED.sub("", message).strip()


def with_advice(message: str) -> str:
    """Return SSH's own words, and what to do about them where that is known."""
    reason = reason_of(message)
    advice = next((answer.advice for answer in ANSWERS if re.search(answer.words, reason)), "")
    return f"{reason.rstrip('.')}. {advice}" if advice else reason
