# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares Longshore on the lab with what one would take instead, and with Ansible's own floor.

    python -m tests.benchmark.compare                                 all of it, for docs/benchmark.md
    python -m tests.benchmark.compare --work replace --contender swarm --rounds 5    the figures of some cells
    python -m tests.benchmark.compare --quick                         one round of a few works, as a report

The contenders take turns within each round and each work, so that a machine that is slow for a while is slow for all
of them. A contender that fails leaves a cell that says so, and its output; a fault of the benchmark itself ends it with
a traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
import time
import typing as t

from tests.benchmark.contenders.contender import Contender
from tests.benchmark.contenders.playbooks import Community, Longshore
from tests.benchmark.contenders.shell import Shell
from tests.benchmark.contenders.swarm import Swarm
from tests.benchmark.figures import FLOOR, Figures, cell
from tests.benchmark.hosts import FOLDER, CommandError, Hosts
from tests.benchmark.images import have_images
from tests.benchmark.page import seconds_table
from tests.benchmark.play import BENCHMARK, make_fleet, play
from tests.benchmark.works import WORKS, Work

CONTENDERS: tuple[type[Contender], ...] = (Longshore, Community, Shell, Swarm)
# The report of `make test`: no work begins after so many seconds.
QUICK_LIMIT = 150.0
QUICK_WORKS, QUICK_CONTENDERS = ("launch", "nothing", "replace"), ("longshore", "community")
SAVED = FOLDER / "figures.json"


def timed(work: Work, contender: Contender) -> float | None:
    """Return the seconds of one round; None where the contender failed."""
    try:
        work.begin(contender)
        start = time.monotonic()
        work.do(contender)
        taken = time.monotonic() - start
        if not work.stays:
            contender.remove()
    except CommandError as error:
        print(f"{work.name}, {contender.name}: {error}", file=sys.stderr)
        with contextlib.suppress(CommandError):  # what fails may not let itself be removed either
            contender.remove()
        return None
    return taken


def floor() -> float:
    """Return the seconds that a playbook of two trivial tasks takes."""
    start = time.monotonic()
    play(str(BENCHMARK / "floor.yml"))
    return time.monotonic() - start


def measure(
    works: t.Sequence[Work],
    contenders: t.Sequence[Contender],
    rounds: int,
    limit: float,
    keep: t.Callable[[Figures], None],
) -> Figures:
    """Take all figures, round by round, and keep them after each; in each round the next contender begins.

    No work begins after the limit.
    """
    figures = Figures()
    deadline = time.monotonic() + limit
    for number in range(rounds):
        for work in works:
            if time.monotonic() > deadline:
                print(f"{work.name}: left out, as {limit:g} s are over", file=sys.stderr)
                continue
            figures.add(work.name, FLOOR, floor())
            first = number % len(contenders)
            for contender in [*contenders[first:], *contenders[:first]]:
                if work.fits(contender):
                    figures.add(work.name, contender.name, timed(work, contender))
                    said = cell(figures, work.name, contender.name)
                    print(f"round {number + 1}, {work.name}, {contender.name}: {said}", file=sys.stderr, flush=True)
        keep(figures)
    return figures


def compare(
    works: t.Sequence[Work],
    kinds: t.Sequence[type[Contender]],
    rounds: int,
    limit: float,
    keep: t.Callable[[Figures], None],
) -> Figures:
    """Prepare the lab, take all figures, and leave the lab as it was."""
    hosts = Hosts()
    make_fleet()
    have_images(hosts, {work.name for work in works})
    hosts.everywhere('docker pull --quiet "$1"', hosts.small)
    contenders = [contender for contender in (kind(hosts) for kind in kinds) if any(w.fits(contender) for w in works)]
    with contextlib.ExitStack() as stack:
        for contender in contenders:
            stack.callback(contender.finish)
            contender.prepare()
        return measure(works, contenders, rounds, limit, keep)


def chosen(names: t.Sequence[str], among: t.Sequence[t.Any]) -> list[t.Any]:
    """Return those of these names, or all where none is named."""
    return [entry for entry in among if not names or entry.name in names]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", action="append", default=[], choices=[work.name for work in WORKS])
    parser.add_argument("--contender", action="append", default=[], choices=[kind.name for kind in CONTENDERS])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round of a few works")
    return parser.parse_args()


def main() -> None:
    """Measure what the command line asks for."""
    given = arguments()
    is_whole = not (given.work or given.contender or given.quick)
    works = chosen(QUICK_WORKS if given.quick else given.work, WORKS)
    kinds = chosen(QUICK_CONTENDERS if given.quick else given.contender, CONTENDERS)
    # A whole run takes long: what it has measured stays, should it be ended.
    keep = (lambda figures: figures.save(SAVED)) if is_whole else (lambda _figures: None)
    rounds, limit = (1, QUICK_LIMIT) if given.quick else (given.rounds, math.inf)
    figures = compare(works, kinds, rounds, limit, keep)
    titles = {work.name: work.title for work in works}
    columns = {FLOOR: "floor", **{kind.name: kind.title for kind in kinds}}
    print(seconds_table(figures, titles, columns))


if __name__ == "__main__":
    main()
