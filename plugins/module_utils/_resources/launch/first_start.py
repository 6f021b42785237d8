# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a container that was made for the first start of its cluster, as they would be today."""

from __future__ import annotations

import json
import typing as t

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.container import Container

# Part of every address that stands for a peer (_resources/consul/peers.py, stand_in).
STAND_IN = "192.0.2."
_UNKNOWN = object()


def options_of_today(last: dict[str, t.Any], container: Container) -> dict[str, t.Any] | None:
    """Return the options ``last`` of an older container with today's peers in them; None where nobody can tell them.

    ``last`` has stand-ins for peers, and so has ``container.compared``, of which ``container.options`` is today's form.
    What changed in between and has peers in it can't be told.
    """
    today = _of_today(last, container.compared, container.options)
    return None if today is _UNKNOWN else t.cast("dict[str, t.Any]", today)


def _of_today(last: t.Any, compared: t.Any, options: t.Any) -> t.Any:
    if last == compared:
        return options
    if isinstance(last, dict) and isinstance(compared, dict) and isinstance(options, dict):
        # A key that is compared and has no value today is left out today.
        kept = {key: value for key, value in last.items() if compared.get(key) != value or key in options}
        result = {key: _of_today(value, compared.get(key), options.get(key)) for key, value in kept.items()}
        return _UNKNOWN if _UNKNOWN in result.values() else result
    return _UNKNOWN if STAND_IN in json.dumps(last) else last
