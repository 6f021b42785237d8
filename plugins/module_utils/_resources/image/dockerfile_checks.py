# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is surely wrong with a Dockerfile, told before it is built: no FROM, unknown instructions, sources not there."""

from __future__ import annotations

import json
import posixpath
import re
import typing as t
from pathlib import PurePosixPath

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.dockerfile import (
    Dockerfile,
    Instruction,
    heredocs,
    sources,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.dockerfile_words import split
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import nearest

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.context import Context

KEYWORDS = (
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
    *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
)
# What `# syntax=` names where the instructions are those above.
OWN_FRONTEND = re.compile(r"(docker\.io/)?docker/dockerfile([:@].*)?")
# What makes a source more than a path of the context: variables, wildcards, escapes, quotes.
MORE_THAN_A_PATH = set("$*?[\\\"'")


def refuse_wrong_dockerfile(dockerfile: Dockerfile, context: Context, target: str | None, where: str) -> None:
    """Raise ``Failure`` with all that no builder takes; ``where`` names the file in errors."""
    if dockerfile.frontend and not OWN_FRONTEND.fullmatch(dockerfile.frontend):
        return
    found = [*_wrong_instructions(dockerfile.instructions, where)]
    if not found:
        stages = _stages(dockerfile.instructions)
        found = [*_unknown_target(stages, target, where)] or [*_missing(stages, context, target, where)]
    if found:
        raise Failure("\n".join(found))


def _wrong_instructions(instructions: t.Sequence[Instruction], where: str) -> t.Iterator[str]:
    if not instructions:
        yield f"{where}: is empty, and builds nothing; begin it with FROM"
    for instruction in instructions:
        if instruction.keyword not in KEYWORDS:
            near = nearest(instruction.keyword, KEYWORDS)
            yield f"{where}:{instruction.line}: there is no instruction {instruction.keyword}; {near}"
    first = next((i for i in instructions if i.keyword != "ARG"), None)
    if instructions and (first is None or first.keyword != "FROM"):
        line = (first or instructions[-1]).line
        yield f"{where}:{line}: no FROM stands before {first.keyword if first else 'the end'}; begin the file with FROM"


class _Stage(t.NamedTuple):
    """``names``: all by which others may refer to it; ``instructions``: its FROM and what follows."""

    names: tuple[str, ...]
    instructions: list[Instruction]


def _stages(instructions: t.Iterable[Instruction]) -> list[_Stage]:
    stages: list[_Stage] = []
    for instruction in instructions:
        if instruction.keyword == "FROM":
            words = split(instruction.rest)
            name = words[2].lower() if len(words) == 3 else ""
            stages.append(_Stage((str(len(stages)), *filter(None, [name])), []))
        if stages:
            stages[-1].instructions.append(instruction)
    return stages


def _unknown_target(stages: t.Sequence[_Stage], target: str | None, where: str) -> t.Iterator[str]:
    names = [name for stage in stages for name in stage.names]
    if target and target.lower() not in names:
        named = [name for name in names if not name.isdecimal()]
        there = nearest(target, tuple(named)) if named else "none has a name"
        yield f"target: {target} is not a stage of {where}; {there}"


def _missing(stages: list[_Stage], context: Context, target: str | None, where: str) -> t.Iterator[str]:
    """Yield a sentence for each source that the context surely does not have, in the stages that are surely built."""
    kinds = {entry.path: entry.kind for entry in context.entries if entry.path not in context.hidden}
    kinds = {**{str(folder): "directory" for path in kinds for folder in PurePosixPath(path).parents}, **kinds}
    for stage in _needed(stages, target):
        for instruction in stage.instructions:
            for source in _sources_in_context(instruction):
                path = posixpath.normpath(f"/{source}").lstrip("/")
                if path and path not in kinds and not _lies_behind_a_link(path, kinds):
                    yield (
                        f"{where}:{instruction.line}: {instruction.keyword} {source}: it is not in the build context"
                        f" {context.root}, or its ignore file leaves it out; correct the path"
                    )


def _needed(stages: list[_Stage], target: str | None) -> list[_Stage]:
    """Return the stage that is asked for, and those that it starts or copies from; builders may skip all others."""
    last = next((n for n, stage in enumerate(stages) if target and target.lower() in stage.names), len(stages) - 1)
    needed, ahead = set[int](), [last]
    while ahead:
        number = ahead.pop()
        needed.add(number)
        for instruction in stages[number].instructions:
            named = split(instruction.rest)[:1] if instruction.keyword == "FROM" else [*sources(instruction)]
            names = {name.lower() for name in named}
            ahead += [n for n in range(number) if names & set(stages[n].names)]
    return [stages[number] for number in sorted(needed)]


def _sources_in_context(instruction: Instruction) -> list[str]:
    """Return the plain paths that an instruction takes from the context; what may be anything else is left out."""
    if instruction.keyword not in ("COPY", "ADD") or heredocs(instruction):
        return []
    if any(flag == "from" for flag, _value in instruction.flags):
        return []
    words = _listed(instruction.rest) or split(instruction.rest)
    remote = ("://", "git@", "github.com/")
    return [w for w in words[:-1] if not MORE_THAN_A_PATH & set(w) and not any(mark in w for mark in remote)]


def _listed(rest: str) -> list[str]:
    """Return the words of the form [\"a\", \"b\"], or nothing."""
    try:
        words = json.loads(rest) if rest.startswith("[") else []
    except ValueError:
        return []
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else []


def _lies_behind_a_link(path: str, kinds: t.Mapping[str, str]) -> bool:
    parts = path.split("/")
    return any(kinds.get("/".join(parts[:number])) == "link" for number in range(1, len(parts)))
