# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way of going back from a release, told in the plan and not only once something has failed."""

from __future__ import annotations

import shlex
import typing as t
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_key import FILE
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result
from ansible_collections.longshore.fleet.plugins.plugin_utils._signing import is_signed

# Keys that going back renders anew, from the previous service file: an extra variable comes before that one, too. The
# image and the code are those of the record.
RENDERED = frozenset(
    {
        "service_code",
        "service_config",
        "service_config_schema",
        "service_check",
        "service_container",
        "service_directories",
        "service_files",
        "service_gate",
        "service_peers",
        "service_port",
        "service_registrations",
        "service_secrets",
        "service_sidecars",
    }
)


def lines_of_way_back(service: Service, discovered: dict[str, Result], key: bytes | None) -> t.Iterator[str]:
    """Yield why a rollout that fails would not go back to the current release, or not to all of it.

    ``discovered``: host -> result of service_info.
    """
    records = (result.get("current_record") for result in discovered.values())
    current = next((record for record in records if record), None)
    if service.rollout.get("on_failure") != "rollback" or current is None:
        return
    if not is_signed(current, key, service.name, service.prefix):
        yield (
            f"on_failure: rollback cannot go back to {current['id']}, whose record has no valid signature of the fleet"
            " key that is here: where this rollout fails, it stops. To be able to go back, bring the key of the"
            " controller that released it (docs/security.md), or deploy once without a failure."
        )
        return
    lasting = sorted(RENDERED & set(service.extra))
    if lasting:
        yield (
            f"on_failure: rollback would keep {', '.join(lasting)}: extra variables (-e) come before the previous"
            " service file as well, so that what has failed would run again. Write them into the service file, and"
            " deploy without -e."
        )


def no_key_line(folder: Path, service: str, current: str) -> str:
    """Say that there is no key here, though a release of the service is current: a new one would be another key."""
    path = folder / FILE
    current = printable(current)
    return (
        f"There is no fleet key here (the file {path} or the variable fleet_key), though {service} was released before:"
        f" {current} is current. So this release is not signed, and neither rollback.yml nor on_failure: rollback goes"
        f" back to it or to any before it. Bring {FILE} from the controller that released it, or set"
        " fleet_key as there. Where nobody has that key any more, make a new one: (umask 077; openssl rand -hex 32 >"
        f" {shlex.quote(str(path))})"
    )
