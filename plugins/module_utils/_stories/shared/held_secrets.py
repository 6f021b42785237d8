# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets of a container that is there, where no service file tells them: so that no output shows them."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import (
    FoundContainer,
    secrets_in,
)


def held_secrets(answer: dict[str, t.Any]) -> dict[str, str]:
    """Return the secrets in its environment, by the engine's answer to ``inspect``, and in its secret files."""
    container = FoundContainer.from_inspect(answer)
    return {**secrets_in(answer["Config"], container), **secrets.written(container.instance, container.secrets)}
