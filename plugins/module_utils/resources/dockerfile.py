# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Dockerfile, read as far as a build must be understood before it runs: its base images, and who can build it."""

from __future__ import annotations

import re
import shlex
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure

DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")
FLAG = re.compile(r"--([a-z-]+)(?:=(\S*))?\s*")
HEREDOC = re.compile(r"(?:^|\s)\d*<<-?([\"']?)(\w+)\1(?=\s|$)")
MOUNT_FROM = re.compile(r"(?:^|,)from=([^,]+)")
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})")

# The flags that the engine's classic builder knows; every other one is BuildKit's.
CLASSIC_FLAGS: dict[str, set[str]] = {"RUN": set(), "COPY": {"from", "chown"}, "ADD": {"chown"}}


@dataclass(frozen=True)
class Instruction:
    """``COPY --from=build a b`` is keyword ``COPY``, flags ``(("from", "build"),)`` and rest ``a b``."""

    keyword: str
    flags: tuple[tuple[str, str], ...]
    rest: str


@dataclass(frozen=True)
class Dockerfile:
    """What a build takes from other images, and why it needs BuildKit ('' where it does not)."""

    bases: tuple[str, ...]
    buildkit: str

    @classmethod
    def from_text(cls, text: str, args: dict[str, str], where: str) -> Dockerfile:
        """Reads a Dockerfile as it is built with ``args``; ``where`` names it in errors."""
        directives, instructions = _parsed(text)
        return cls(
            bases=tuple(dict.fromkeys(_bases(instructions, args, where))),
            buildkit="# syntax=" if "syntax" in directives else _buildkit(instructions),
        )


def _parsed(text: str) -> tuple[dict[str, str], list[Instruction]]:
    lines = text.removeprefix("\ufeff").splitlines()
    directives: dict[str, str] = {}
    for line in lines:
        directive = DIRECTIVE.match(line)
        if not directive:
            break
        directives[directive[1].lower()] = directive[2]
    return directives, list(_instructions(lines, directives.get("escape", "\\")))


def _instructions(lines: list[str], escape: str) -> t.Iterator[Instruction]:
    """Joins continued lines, drops comments, blank lines and the bodies of heredocs."""
    rest = iter(lines)
    joined = ""
    for line in rest:
        line = line.rstrip()
        if not line or line.lstrip().startswith("#"):
            continue
        if line.endswith(escape):
            joined += line.removesuffix(escape)
            continue
        instruction = _instruction(joined + line)
        joined = ""
        yield instruction
        for _quote, end in _heredocs(instruction):
            while next(rest, end).strip("\t") != end:
                pass
    if joined:
        yield _instruction(joined)


def _instruction(line: str) -> Instruction:
    keyword, rest = (*line.split(maxsplit=1), "", "")[:2]
    flags = []
    while flag := FLAG.match(rest):
        flags.append((flag[1], flag[2] or ""))
        rest = rest[flag.end() :]
    return Instruction(keyword.upper(), tuple(flags), rest)


def _heredocs(instruction: Instruction) -> list[tuple[str, str]]:
    return HEREDOC.findall(instruction.rest) if instruction.keyword in CLASSIC_FLAGS else []


def _buildkit(instructions: list[Instruction]) -> str:
    for instruction in instructions:
        for flag, _value in instruction.flags:
            if flag not in CLASSIC_FLAGS.get(instruction.keyword, {flag}):
                return f"{instruction.keyword} --{flag}"
        if _heredocs(instruction):
            return f"{instruction.keyword} <<"
    return ""


def _bases(instructions: list[Instruction], args: dict[str, str], where: str) -> t.Iterator[str]:
    """References of the images a build starts or copies from, in the file's order; stages and scratch left out."""
    values: dict[str, str] = {}
    stages: set[str] = {"scratch"}
    in_stage = False
    for instruction in instructions:
        if instruction.keyword == "ARG" and not in_stage:
            values.update(_declared(instruction.rest, values, args, where))
        if instruction.keyword == "FROM":
            in_stage = True
            words = instruction.rest.split()
            base = _expanded(words[0] if words else "", values)
            if not base:
                raise Failure(f"{where}: 'FROM {instruction.rest}' names no image. Give its ARG a value by args.")
            if base.lower() not in stages:
                yield base
            if len(words) == 3:
                stages.add(words[2].lower())
        for source in _sources(instruction):
            if source.lower() not in stages and not source.isdigit():
                yield source


def _sources(instruction: Instruction) -> t.Iterator[str]:
    """The images or stages of ``COPY --from=`` and ``RUN --mount=from=``."""
    for flag, value in instruction.flags:
        if instruction.keyword == "COPY" and flag == "from":
            yield value
        if instruction.keyword == "RUN" and flag == "mount":
            yield from MOUNT_FROM.findall(value)


def _declared(rest: str, values: dict[str, str], args: dict[str, str], where: str) -> dict[str, str]:
    """The variables of one ARG line: the build argument where one is given, else the default."""
    try:
        words = shlex.split(rest)
    except ValueError as error:
        raise Failure(f"{where}: 'ARG {rest}': {error}") from error
    declared: dict[str, str] = {}
    for word in words:
        name, _equals, default = word.partition("=")
        declared[name] = args.get(name, _expanded(default, {**values, **declared}))
    return declared


def _expanded(text: str, values: dict[str, str]) -> str:
    """Puts variables in place: ``$A``, ``${A}``, ``${A:-where empty}``, ``${A:+where set}``."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1] or match[2], "")
        if match[3] == "-":
            return found or match[4]
        if match[3] == "+":
            return match[4] if found else ""
        return found

    return VARIABLE.sub(value, text)
