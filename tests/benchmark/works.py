# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the contenders are timed at: each begins from a known state, and ends when all hosts serve what they should."""

from __future__ import annotations

import itertools
import time
import typing as t
from dataclasses import dataclass

from tests.benchmark.contenders.code import CodeService
from tests.benchmark.contenders.contender import Contender, Release
from tests.faults.lab import NODES

_editions = itertools.count(int(time.time()))


def new_release(contender: Contender, broken: bool = False) -> Release:
    """Return a release that has not been there yet."""
    return Release(f"edition-{next(_editions)}", contender.hosts.small, broken)


def nothing_there(contender: Contender) -> None:
    """Begin with no container."""
    contender.remove()


def no_image_there(contender: Contender) -> None:
    """Begin with no container, and without the large image on the hosts."""
    contender.remove()
    contender.hosts.everywhere(
        'docker image ls --quiet --filter reference="${1%:*}" | sort --unique | xargs -r docker rmi --force >/dev/null',
        contender.hosts.large,
    )


def all_running(contender: Contender) -> None:
    """Begin with a release on all hosts."""
    if contender.nodes != NODES or not contender.release or contender.release.image != contender.hosts.small:
        contender.remove()
        contender.deploy(new_release(contender), NODES, at_once=True)


def two_running(contender: Contender) -> None:
    """Begin with a release on all hosts but one."""
    contender.remove()
    contender.deploy(new_release(contender), NODES[:-1], at_once=True)


def same_release(contender: Contender) -> None:
    """Deploy what is there, to all hosts."""
    contender.deploy(t.cast(Release, contender.release), NODES)


def new_code(contender: Contender) -> None:
    """Begin with a server that runs, and newer code."""
    code_of(contender).begin()


def code_of(contender: Contender) -> CodeService:
    """Return the server whose code is reloaded."""
    return t.cast(CodeService, contender.code)


@dataclass(frozen=True)
class Work:
    """One row of the table."""

    name: str
    title: str
    begin: t.Callable[[Contender], None]
    do: t.Callable[[Contender], None]
    fits: t.Callable[[Contender], bool] = lambda _contender: True
    # Whether what it leaves may stay for the works that follow.
    stays: bool = True


WORKS = (
    Work("launch", "first launch, one by one", nothing_there, lambda c: c.deploy(new_release(c), NODES)),
    Work("nothing", "nothing to do", all_running, same_release, lambda c: c.is_idempotent),
    Work("replace", "replace, one by one", all_running, lambda c: c.deploy(new_release(c), NODES)),
    Work("at-once", "replace, all at once", all_running, lambda c: c.deploy(new_release(c), NODES, at_once=True)),
    Work("bad", "a bad release, until the old one serves again", all_running, lambda c: c.fail(new_release(c, True))),
    Work(
        "pull",
        "first launch with an image of 270 MB to pull, all at once",
        no_image_there,
        lambda c: c.deploy(Release(f"edition-{next(_editions)}", c.hosts.large), NODES, at_once=True),
        stays=False,
    ),
    Work("growth", "one host more", two_running, same_release),
    Work(
        "reload",
        "new code by a reload, one by one",
        new_code,
        lambda c: code_of(c).reload_and_wait(side_by_side=False),
        lambda c: c.code is not None,
    ),
    Work(
        "reload-at-once",
        "new code by a reload, all at once",
        new_code,
        lambda c: code_of(c).reload_and_wait(side_by_side=True),
        lambda c: c.code is not None,
    ),
)
