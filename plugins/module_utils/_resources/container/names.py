# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of containers: those that a replacement and single commands give, which no instance may have."""

from __future__ import annotations

import re

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Ends of the names that a replacement and single commands give their containers.
RESERVED = re.compile(r"\.(previous|next|validate|exec|check-\d+|preflight|preflight-[^.]*|once-[^.]*)$")


def previous_of(instance: str) -> str:
    """Return the name under which the old container waits until the new one has passed its gate."""
    return f"{instance}.previous"


def next_of(instance: str) -> str:
    """Return the name under which a new container is made while the old one still runs."""
    return f"{instance}.next"


def refuse_reserved(name: str) -> None:
    """Raise ``Failure`` for a name that a container of another instance may take for a while."""
    if RESERVED.search(name):
        other = name.rpartition(".")[0]
        raise Failure(
            f"{name} cannot be the name of a service: Longshore names the containers of {other} like that while it"
            " replaces or checks them. Take another name."
        )


def sidecar_of(instance: str, sidecar: str) -> str:
    """Return the name of a sidecar's container: with a dot, as web-2 is the second instance of web."""
    return f"{instance}.{sidecar}"


def one_off_of(instance: str, purpose: str) -> str:
    """Return the name of the container that runs a single command for an instance."""
    return f"{instance}.{purpose}"
