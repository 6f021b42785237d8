# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What longshore-repair.service runs: ``python -m …_stories.repair.unit /etc/longshore/repair.json``."""

from __future__ import annotations

import json
import os
import sys
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._running import UMASK
from ansible_collections.longshore.fleet.plugins.module_utils._stories.repair.repair import LIBRARY, Repaired, repair

# Exit codes: something is left for people; the host could not be looked at, or a rollout is at work: try again soon.
DRIFT, AGAIN = 1, os.EX_TEMPFAIL


def main(settings: str) -> int:
    """Mend the host's instances as the file of settings says, print what became of each, and return the exit code."""
    os.umask(UMASK)
    os.utime(LIBRARY)  # a library that is used is not pruned
    with open(settings, encoding="utf-8") as file:
        options: dict[str, t.Any] = json.load(file)
    if options["mode"] == "off":
        return 0
    try:
        told = repair(options, check=options["mode"] == "report")
    except Failure as failure:
        sys.stdout.write(f"{failure}\n")
        return AGAIN
    sys.stdout.writelines(f"{line}\n" for line in lines_of(told))
    return exit_code(told)


def lines_of(told: t.Iterable[Repaired]) -> t.Iterator[str]:
    """Yield what the journal shows: nothing of an instance that is well."""
    for one in told:
        if one.state != "well":
            yield f"{one.instance}: {one.state}: {'; '.join(one.what)}"


def exit_code(told: t.Sequence[Repaired]) -> int:
    """Return 0 where all is well, 75 where a rollout is at work, 1 where something is left for people."""
    states = {one.state for one in told}
    if "locked" in states:
        return AGAIN
    return 0 if states <= {"well", "mended"} else DRIFT


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
