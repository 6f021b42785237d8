#!/usr/bin/env python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reloads the lab's Django site under load, and writes what it cost into README.md beside it.

``demo`` as argument: one change of the code, and back. Else as many reloads and requests as the arguments say.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import sys
import time
import typing as t
from pathlib import Path

import yaml
from load import CONNECTIONS, PAUSE, SLOW_EVERY, Figures, load

HERE = Path(__file__).parent
LAB = HERE.parents[1] / "inventories/lab"
PORT, FRONT_PORT = 8000, 8005
LARGE = 1_000_000
SECONDS = re.compile(r"^node\d: signal: done, (?:.*, )?reload ([\d.]+) s$", re.MULTILINE)
ROUNDS = 5
Waits = t.Callable[[list[float]], float]
RELOAD = ("playbooks/reload.yml", "-e", "service=web")
AT_ONCE = ("-e", "web_batch=3")
# In the place of what the service file says: nothing is run of the new code but the workers.
BARE = ("-e", json.dumps({"service_once": [], "service_reload": {"url": f"http://{{{{ node.address }}}}:{PORT}/"}}))

TEXT = """## Reload

`make benchmark-reload` reloads the Django site of the lab under load: {connections} connections, half of them new for
each request to one of three hosts, half kept alive to a proxy that passes each request on without a second attempt; one
request of {slow_every} for a page that takes three seconds, and {pause:g} s from an answer to the next request. The
load runs on the lab's machine too.

| | requests | on a kept connection | failed | retried | half within | 99 of 100 within |
|---|---|---|---|---|---|---|
| without reloads | {before} |
| {reloads} reloads of new code on three hosts, one after the other | {during} |

99 of 100 requests took {ratio:.2f} times as long with reloads as without (to reach: 1.5).

Without load, the median of {rounds} rounds taken in turn; code of 1 MB that is new each time. What is beyond the
workers' start is all but the time from the signal to the proof. The site's own commands are two checks on each host,
`migrate`, and `collectstatic` on each host: ten starts of Django on the lab's one machine.

| what | seconds | of it from signal to proof | beyond | times the floor |
|---|---|---|---|---|
| floor: a playbook of two trivial module tasks on the three hosts | {floor} |
| nothing to do (to reach: 3 s) | {nothing} |
| reload of three hosts, one after the other (to reach: 6 s beyond) | {one} |
| the same without the site's own commands | {one_bare} |
| reload of three hosts at once (to reach: 4 s beyond) | {all_at_once} |
| the same without the site's own commands | {all_bare} |
"""


def addresses() -> list[str]:
    """Where the site answers."""
    lab = yaml.safe_load((LAB / "group_vars/all/lab.yml").read_text(encoding="utf-8"))
    return [f"{address}:{PORT}" for address in lab["lab_addresses"].values()]


def front() -> str:
    """Where the proxy answers that keeps connections."""
    return addresses()[0].replace(f":{PORT}", f":{FRONT_PORT}")


def repository() -> Path:
    """Return the code's git repository."""
    lab = yaml.safe_load((LAB / "group_vars/all/lab.yml").read_text(encoding="utf-8"))
    return Path(lab["lab_folder"]) / "code/web"


async def run(*command: str) -> str:
    """Return a command's output; its failure ends everything."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _none = await process.communicate()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{output.decode()}")
    return output.decode()


async def play(playbook: str, *options: str) -> tuple[float, str]:
    """(seconds, output) of a playbook on the lab."""
    start = time.monotonic()
    output = await run("ansible-playbook", "-i", str(LAB / "hosts.yml"), playbook, *options)
    return time.monotonic() - start, output


async def change(text: str, size: int = 0) -> str:
    """Another greeting as a commit of its own, with a file of so many bytes; its short name."""
    code = repository()
    (code / "ballast").write_bytes(os.urandom(size))
    views = code / "pages/views.py"
    source = re.sub(r'f"\{greetings\}[^{]*Release', f'f"{{greetings}}{text} Release', views.read_text(encoding="utf-8"))
    views.write_text(source, encoding="utf-8")
    git = ["git", "-C", str(code), "-c", "user.name=lab", "-c", "user.email=lab@example.com"]
    await run(*git, "add", "--all")
    await run(*git, "commit", "--quiet", "--allow-empty", "--all", f"--message={text}")
    return (await run(*git, "rev-parse", "--short=12", "HEAD")).strip()


async def pages() -> None:
    """Return what each host shows."""
    for address in addresses():
        print(f"  {address}: {(await run('curl', '--silent', '--max-time', '10', f'http://{address}/')).strip()}")


def row(figures: Figures) -> str:
    """Its columns of the table."""
    half, most = figures.percentile(0.5), figures.percentile(0.99)
    counts = (len(figures.seconds), figures.reused, len(figures.failures), figures.retried)
    return f"{' | '.join(map(str, counts))} | {half:.2f} s | {most:.2f} s"


async def demo() -> None:
    """Change the code, make it live by a reload under load, and go back."""
    print("Before:")
    await pages()
    async with load(addresses(), front()) as figures:
        release = await change(f"! It is {time.strftime('%H:%M:%S')}.")
        print(f"Reload to {release}, under load:")
        took, output = await play(*RELOAD)
    print("\n".join(re.findall(r"^  code: .*|^node\d: .*", output, re.MULTILINE)))
    print(f"In {took:.1f} s: {figures}")
    await pages()
    async with load(addresses(), front()) as back:
        print("Back, under load:")
        took, _output = await play("playbooks/rollback.yml", "-e", "service=web")
    print(f"In {took:.1f} s: {back}")
    await pages()
    if figures.failures or back.failures:
        sys.exit("\n".join([*figures.failures, *back.failures][:10]))


async def under_load(reloads: int, requests: int) -> tuple[Figures, Figures]:
    """Figures without reloads, and with them; each of at least so many requests, or of the reloads' time."""
    async with load(addresses(), front()) as before:
        while len(before.seconds) < requests // 4:
            await asyncio.sleep(0.5)
    print(f"without reloads: {before}", flush=True)
    async with load(addresses(), front()) as during:
        for number in range(reloads):
            await change(f"! Number {number}.")
            took, _output = await play(*RELOAD)
            print(f"reload {number + 1} in {took:.1f} s: {during}", flush=True)
        while len(during.seconds) < requests:
            await asyncio.sleep(0.5)
    print("\n".join(during.failures[:10]))
    return before, during


async def timed(waits: Waits, *command: str) -> tuple[float, float]:
    """(seconds, those from signal to proof) of a playbook; ``waits`` makes one figure of those of the hosts."""
    took, output = await play(*command)
    proofs = [float(seconds) for seconds in SECONDS.findall(output)]
    return took, waits(proofs) if proofs else 0.0


async def rounds() -> dict[str, list[tuple[float, float]]]:
    """Return what each kind of run took in each round."""
    reloads: dict[str, tuple[Waits, tuple[str, ...]]] = {
        "one": (sum, ()),
        "one_bare": (sum, BARE),
        "all_at_once": (max, AT_ONCE),
        "all_bare": (max, (*AT_ONCE, *BARE)),
    }
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in ("floor", "nothing", *reloads)}
    for number in range(ROUNDS):
        figures["floor"].append(await timed(sum, "tests/benchmark/floor.yml"))
        for name, (waits, options) in reloads.items():
            await change(f"! Round {number}, {name}.", size=LARGE)
            figures[name].append(await timed(waits, *RELOAD, *options))
            if not options:  # else the settings of the next one differ, which is a change
                figures["nothing"].append(await timed(sum, *RELOAD))
        latest = {name: values[-1] for name, values in figures.items()}
        print(f"round {number + 1}: {latest}", flush=True)
    return figures


def columns(figures: list[tuple[float, float]], floors: list[tuple[float, float]]) -> str:
    """Medians, and the median of the ratios to the floor of the same round."""
    took, proofs = (statistics.median(values) for values in zip(*figures, strict=True))
    beyond = [took - proof for took, proof in figures]
    ratio = statistics.median(b / floor for b, (floor, _none) in zip(beyond, floors, strict=True))
    return f"{took:.1f} | {proofs:.1f} | {statistics.median(beyond):.1f} | {ratio:.1f}"


async def measure(reloads: int, requests: int) -> None:
    """All figures, and the page with them."""
    before, during = await under_load(reloads, requests)
    taken = await rounds()
    text = TEXT.format(
        connections=CONNECTIONS,
        slow_every=SLOW_EVERY,
        pause=PAUSE,
        before=row(before),
        during=row(during),
        reloads=reloads,
        ratio=during.percentile(0.99) / before.percentile(0.99),
        rounds=ROUNDS,
        **{name: columns(figures, taken["floor"]) for name, figures in taken.items()},
    )
    page = HERE / "README.md"
    page.write_text(page.read_text(encoding="utf-8").partition("\n## Reload")[0] + "\n" + text, encoding="utf-8")
    print(text)
    if during.failures or not during.reused:
        sys.exit(1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["demo", "measure"])
    parser.add_argument("--reloads", type=int, default=20)
    parser.add_argument("--requests", type=int, default=100_000)
    arguments = parser.parse_args()
    asyncio.run(demo() if arguments.what == "demo" else measure(arguments.reloads, arguments.requests))


if __name__ == "__main__":
    main()
