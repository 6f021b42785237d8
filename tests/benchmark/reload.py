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
import re
import sys
import time
from pathlib import Path

import yaml
from load import CONNECTIONS, PAUSE, SLOW_EVERY, Figures, load

HERE = Path(__file__).parent
LAB = HERE.parents[1] / "inventories/lab"
PORT = 8000
SECONDS = re.compile(r"^(node\d): signal: done(?:, (.*))?$", re.MULTILINE)

TEXT = """## Reload

`make benchmark-reload` reloads the Django site of the lab under load: {connections} connections to three hosts, half of
which ask to be kept alive, one request of {slow_every} for a page that takes three seconds, and {pause:g} s from an
answer to the next request. The load runs on the lab's machine too.

| | requests | on a kept connection | failed | retried | half within | 99 of 100 within |
|---|---|---|---|---|---|---|
| without reloads | {before} |
| {reloads} reloads of new code on three hosts, one after the other | {during} |

- 99 of 100 requests took {ratio:.2f} times as long with reloads as without (to reach: 1.5).
- A reload of three hosts, one after the other, migrations and static files included, took {one:.1f} s without load (to
  reach: 6 s beyond the start of the workers, which is {start:.1f} s a host here), all at once {all_at_once:.1f} s.
- Nothing to do: {nothing:.1f} s. Ansible's own floor of a playbook of two trivial tasks: {floor:.1f} s.
"""


def addresses() -> list[str]:
    """Where the site answers."""
    lab = yaml.safe_load((LAB / "group_vars/all/lab.yml").read_text(encoding="utf-8"))
    return [f"{address}:{PORT}" for address in lab["lab_addresses"].values()]


def repository() -> Path:
    """The code's git repository."""
    lab = yaml.safe_load((LAB / "group_vars/all/lab.yml").read_text(encoding="utf-8"))
    return Path(lab["lab_folder"]) / "code/web"


async def run(*command: str) -> str:
    """A command's output; its failure ends everything."""
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


async def change(text: str) -> str:
    """Another greeting as a commit of its own; its short name."""
    code = repository()
    views = code / "pages/views.py"
    source = re.sub(r'f"\{greetings\}[^{]*Release', f'f"{{greetings}}{text} Release', views.read_text(encoding="utf-8"))
    views.write_text(source, encoding="utf-8")
    git = ["git", "-C", str(code), "-c", "user.name=lab", "-c", "user.email=lab@example.com"]
    await run(*git, "commit", "--quiet", "--allow-empty", "--all", f"--message={text}")
    return (await run(*git, "rev-parse", "--short=12", "HEAD")).strip()


async def pages() -> None:
    """What each host shows."""
    for address in addresses():
        print(f"  {address}: {(await run('curl', '--silent', '--max-time', '10', f'http://{address}/')).strip()}")


def row(figures: Figures) -> str:
    """Its columns of the table."""
    half, most = figures.percentile(0.5), figures.percentile(0.99)
    counts = (len(figures.seconds), figures.reused, len(figures.failures), figures.retried)
    return f"{' | '.join(map(str, counts))} | {half:.2f} s | {most:.2f} s"


async def demo() -> None:
    """A change of the code, live by a reload under load, and back."""
    reload = ("playbooks/reload.yml", "-e", "service=web")
    print("Before:")
    await pages()
    async with load(addresses()) as figures:
        release = await change(f"! It is {time.strftime('%H:%M:%S')}.")
        print(f"Reload to {release}, under load:")
        took, output = await play(*reload)
    print("\n".join(re.findall(r"^  code: .*|^node\d: .*", output, re.MULTILINE)))
    print(f"In {took:.1f} s: {figures}")
    await pages()
    async with load(addresses()) as back:
        print("Back, under load:")
        took, _output = await play("playbooks/rollback.yml", "-e", "service=web")
    print(f"In {took:.1f} s: {back}")
    await pages()
    if figures.failures or back.failures:
        sys.exit("\n".join([*figures.failures, *back.failures][:10]))


async def under_load(reloads: int, requests: int) -> tuple[Figures, Figures]:
    """Figures without reloads, and with them; each of at least so many requests, or of the reloads' time."""
    async with load(addresses()) as before:
        while len(before.seconds) < requests // 4:
            await asyncio.sleep(0.5)
    print(f"without reloads: {before}", flush=True)
    async with load(addresses()) as during:
        for number in range(reloads):
            await change(f"! Number {number}.")
            took, _output = await play("playbooks/reload.yml", "-e", "service=web")
            print(f"reload {number + 1} in {took:.1f} s: {during}", flush=True)
        while len(during.seconds) < requests:
            await asyncio.sleep(0.5)
    print("\n".join(during.failures[:10]))
    return before, during


async def measure(reloads: int, requests: int) -> None:
    """All figures, and the page with them."""
    before, during = await under_load(reloads, requests)
    reload = ("playbooks/reload.yml", "-e", "service=web")
    await change("! One by one.")
    one, _output = await play(*reload)
    await change("! All at once.")
    all_at_once, _output = await play(*reload, "-e", "web_batch=3")
    nothing, _output = await play(*reload)
    floor, _output = await play("tests/benchmark/floor.yml")
    output = await run("ansible", "-i", str(LAB / "hosts.yml"), "web", "-m", "longshore.fleet.reload", "-a", "name=web")
    start = max(float(number) for number in re.findall(r"reload: ([\d.]+)", output))
    text = TEXT.format(
        connections=CONNECTIONS,
        slow_every=SLOW_EVERY,
        pause=PAUSE,
        before=row(before),
        during=row(during),
        reloads=reloads,
        ratio=during.percentile(0.99) / before.percentile(0.99),
        one=one,
        all_at_once=all_at_once,
        nothing=nothing,
        floor=floor,
        start=start,
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
