# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a task as they travel to its module."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._hiding import pack


def with_packed_secrets(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the options with ``secrets`` as one string, so that Ansible masks nothing else in the module's result.

    What is no mapping is left for the module to refuse.
    """
    secrets = options.get("secrets")
    return {**options, "secrets": pack(secrets)} if secrets and isinstance(secrets, dict) else options
