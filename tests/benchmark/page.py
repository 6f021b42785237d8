# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page docs/benchmark.md and its first chart."""

from __future__ import annotations

import typing as t

from tests.benchmark.drawing import bars
from tests.benchmark.figures import FLOOR, Figures, cell, ratio_cell, table

OURS = "longshore"
# Names to titles; of what others do not do, titles to texts.
Titles = t.Mapping[str, str]

TEXT = """# Benchmark

`make benchmark` compares Longshore with what one would take instead, on the lab of `make lab`: three hosts with an
engine and a Consul agent each, and a registry, all on one machine. It writes this page and the chart.

![Seconds of each contender](benchmark.svg)

All contenders run the same image with the same command on the same hosts, each on a port of its own. They take turns in
each round and each work, so that a machine that is slow for a while is slow for all of them: what counts is a ratio,
not a second. A figure is the time from the command's start until it has ended and all hosts serve what they should: the
median, and the fastest and the slowest round (rounds: {rounds}). The floor is a playbook of two trivial tasks, which is
what Ansible itself takes.

## Seconds

{seconds}

Figures of one cell again, by the words of its row and its column:

```
make benchmark BENCHMARK='--work replace --contender swarm --rounds 5'
```

## Ratios

The median of the ratios of the same round: Longshore to each of the others, so that less than 1 is faster.

{ratios}

## Goals

What is to be reached, as the median of ratios of the same round, and where nothing is said in seconds:

{goals}

Where Longshore's own seconds go, task by task, the three hosts one by one in `launch` and `replace`, and together
elsewhere. A step lasts until the next one begins:

{profile}

## What they do

All wait until the container is up, and none for a time in which it must stay up: Longshore's `stable_for` is 0 s, and
Swarm's monitor 0.5 s. None waits for connections to end: Longshore's `drain` is 0 s (by default an instance without
connections waits 1 s for those that have just asked DNS). The web server is stopped by SIGKILL, so that no time is that
of a stop. A bad release is one whose container ends at once; where nothing takes it back, the old release is
deployed by a second command, at once.

Longshore plans for all hosts before it touches one, takes a lock, takes each instance out of traffic, probes the new
one's checks before it is passing in Consul, keeps the old container until then and brings it back where the new one
fails, and records the release. Of that the others do not do:

{lacks}

## Growth

Hosts by the number, nothing to do: seconds of the whole run; and per host the controller's CPU time, what goes over SSH
both ways, and requests. The hosts are names in an inventory, each with a connection of its own, that lead to the lab's
three nodes, on the machine that is the controller too: the seconds are those of all hosts' work on two cores, and only
what is counted per host is what a real fleet would show. The rows with large variables have 2,000 of 200 characters and
a template in `group_vars`. Bytes are left out where a connection ended meanwhile.

![Seconds by hosts](benchmark-growth.svg)

{growth}

One size again:

```
make benchmark GROWTH='--hosts 30 --rounds 3'
```
"""


class Parts(t.NamedTuple):
    """The tables that others make for the page."""

    goals: str
    profile: str
    growth: str


def page(figures: Figures, works: Titles, contenders: Titles, lacks: Titles, parts: Parts) -> str:
    """Return the text of the page."""
    others = [name for name in contenders if name != OURS]
    return TEXT.format(
        **parts._asdict(),
        rounds=figures.rounds(),
        seconds=seconds_table(figures, works, contenders),
        ratios=table(
            ["Longshore to", *(contenders[name] for name in others)],
            [[title, *(ratio_cell(figures, work, OURS, other) for other in others)] for work, title in works.items()],
        ),
        lacks="\n".join(f"- **{title}**: {text}." for title, text in lacks.items()),
    )


def seconds_table(figures: Figures, works: Titles, contenders: Titles) -> str:
    """Return the table of seconds; a row and a column say the words that choose them on the command line."""
    header = ["", *(title if name == FLOOR else f"{title} (`{name}`)" for name, title in contenders.items())]
    rows = [
        [f"{title} (`{work}`)", *(cell(figures, work, name) for name in contenders)] for work, title in works.items()
    ]
    return table(header, rows)


def chart(figures: Figures, works: Titles, contenders: Titles) -> str:
    """Return the chart of the medians."""
    return bars(
        list(works.values()),
        {title: [figures.median(work, name) for work in works] for name, title in contenders.items()},
    )
