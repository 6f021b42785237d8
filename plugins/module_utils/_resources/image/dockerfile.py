# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Dockerfile, read as far as a build must be understood before it runs: its base images, and who can build it."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.dockerfile_words import (
    WordError,
    expanded,
    is_whole,
    split,
)

DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")
FLAG = re.compile(r"--([a-z-]+)(?:=(\S*))?\s*")
HEREDOC = re.compile(r"\d*<<(-?)([\"']?)([^<\"']+)\2")
MOUNT_FROM = re.compile(r"(?:^|,)from=([^,]+)")

# The flags that the engine's classic builder knows; every other one is BuildKit's.
CLASSIC_FLAGS: dict[str, set[str]] = {"RUN": set(), "COPY": {"from", "chown"}, "ADD": {"chown"}}


@dataclass(frozen=True)
class Instruction:
    """``COPY --from=build a b`` is keyword ``COPY``, flags ``(("from", "build"),)`` and rest ``a b``.

    ``line``: the number of the line on which it begins.
    """

    keyword: str
    flags: tuple[tuple[str, str], ...]
    rest: str
    line: int


@dataclass(frozen=True)
class Dockerfile:
    """What a build takes from other images, and why it needs BuildKit ('' where it does not).

    ``frontend``: what ``# syntax=`` names, which may understand other instructions; '' for the builder's own.
    """

    bases: tuple[str, ...]
    buildkit: str
    instructions: tuple[Instruction, ...] = ()
    frontend: str = ""

    @classmethod
    def from_text(cls, text: str, args: dict[str, str], platform: t.Mapping[str, str], where: str) -> Dockerfile:
        """Read a Dockerfile as it is built with ``args``; ``where`` names it in errors.

        ``platform``: the ARGs that BuildKit sets by itself, such as TARGETARCH, and their values on this engine.
        """
        directives, instructions = _parsed(text)
        scope = Scope(args, platform, directives.get("escape", "\\"))
        bases = tuple(dict.fromkeys(_bases(instructions, scope, where)))
        syntax = "# syntax=" if "syntax" in directives else ""
        buildkit = syntax or _buildkit(instructions) or scope.of_buildkit
        return cls(bases, buildkit, tuple(instructions), directives.get("syntax", ""))


@dataclass
class Scope:
    """The variables before the first FROM. ``of_buildkit``: the first use of one that only BuildKit sets, or ''."""

    args: dict[str, str]
    platform: t.Mapping[str, str]
    escape: str
    declared: dict[str, str] = field(default_factory=dict)
    of_buildkit: str = ""

    def value(self, name: str) -> str | None:
        """Return what a variable stands for in a FROM; None where it is not set."""
        if name in self.declared or name not in self.platform:
            return self.declared.get(name)
        self.of_buildkit = self.of_buildkit or f"${name}"
        return self.args.get(name, self.platform[name])

    def expanded(self, word: str) -> str:
        return expanded(word, self.value, self.escape)

    def declare(self, name: str, default: str | None) -> None:
        """Declare one ARG before the first FROM: the build argument where one is given, else the default."""
        if name in self.args:
            self.declared[name] = self.args[name]
        elif default is not None:
            self.declared[name] = self.expanded(default)

    def declare_in_stage(self, name: str, default: str | None) -> None:
        """Declare one ARG of a stage, of which only matters who sets it."""
        if name in self.platform and default is None and name not in self.args and name not in self.declared:
            self.of_buildkit = self.of_buildkit or f"ARG {name}"


def _parsed(text: str) -> tuple[dict[str, str], list[Instruction]]:
    lines = text.removeprefix("\ufeff").split("\n")
    directives: dict[str, str] = {}
    for line in lines:
        directive = DIRECTIVE.match(line)
        if not directive:
            break
        directives[directive[1].lower()] = directive[2]
    return directives, list(_instructions(lines, directives.get("escape", "\\")))


def _instructions(lines: list[str], escape: str) -> t.Iterator[Instruction]:
    """Join continued lines; drop comments, blank lines and the bodies of heredocs."""
    rest = enumerate(lines, 1)
    joined, first = "", 0
    for number, line in rest:
        line = line.rstrip()
        if not line or line.lstrip().startswith("#"):
            continue
        first = first if joined else number
        if line.endswith(escape):
            joined += line.removesuffix(escape)
            continue
        instruction = _instruction(joined + line, first)
        joined = ""
        yield instruction
        for dash, _quote, end in heredocs(instruction):
            # Only with the dash may tabs stand before the end.
            while (line := next(rest, (0, end))[1].rstrip("\r")) != end and not (dash and line.lstrip("\t") == end):
                pass
    if joined:
        yield _instruction(joined, first)


def _instruction(line: str, number: int) -> Instruction:
    keyword, rest = (*line.split(maxsplit=1), "", "")[:2]
    flags = []
    while flag := FLAG.match(rest):
        flags.append((flag[1], flag[2] or ""))
        rest = rest[flag.end() :]
    return Instruction(keyword.upper(), tuple(flags), rest, number)


def heredocs(instruction: Instruction) -> list[tuple[str, str, str]]:
    """Return the heredocs that follow a line: dash, quote, end."""
    keyword, rest = instruction.keyword, instruction.rest
    if keyword == "ONBUILD":
        keyword, rest = (*rest.split(maxsplit=1), "", "")[:2]
    words = split(rest) if keyword.upper() in CLASSIC_FLAGS else []
    found = (HEREDOC.fullmatch(word) for word in words)
    return [(match[1], match[2], match[3]) for match in found if match]


def _buildkit(instructions: list[Instruction]) -> str:
    for instruction in instructions:
        for flag, _value in instruction.flags:
            if flag not in CLASSIC_FLAGS.get(instruction.keyword, {flag}):
                return f"{instruction.keyword} --{flag}"
        if heredocs(instruction):
            return f"{instruction.keyword} <<"
    return ""


def _bases(instructions: list[Instruction], scope: Scope, where: str) -> t.Iterator[str]:
    """Return references of images a build starts or copies from, in the file's order, no stages, no scratch."""
    stages: set[str] = {"scratch"}
    in_stage = False
    for instruction in instructions:
        try:
            if instruction.keyword == "ARG":
                _declare(instruction, scope.declare_in_stage if in_stage else scope.declare)
            elif instruction.keyword == "FROM":
                in_stage = True
                base, name = _start(instruction, scope)
                if base.lower() not in stages:
                    yield base
                stages.add(name.lower())
        except WordError as error:
            raise Failure(f"{where}: '{instruction.keyword} {instruction.rest}': {error}.") from error
        for source in sources(instruction):
            if source.lower() not in stages and not source.isdigit():
                yield source


def _start(instruction: Instruction, scope: Scope) -> tuple[str, str]:
    """Return what a FROM starts from, and the name it gives its stage, '' for none."""
    words = _words(instruction)
    base = scope.expanded(words[0]) if words else ""
    if not base:
        raise WordError("it names no image. Give its ARG a value by args")
    for _flag, value in instruction.flags:
        scope.expanded(value)
    return base, words[2] if len(words) == 3 else ""


def sources(instruction: Instruction) -> t.Iterator[str]:
    """Yield the images or stages of ``COPY --from=`` and ``RUN --mount=from=``."""
    for flag, value in instruction.flags:
        if instruction.keyword == "COPY" and flag == "from":
            yield value
        if instruction.keyword == "RUN" and flag == "mount":
            yield from MOUNT_FROM.findall(value)


def _declare(instruction: Instruction, declare: t.Callable[[str, str | None], None]) -> None:
    """Declare each variable of an ARG line."""
    for word in _words(instruction):
        name, equals, default = word.partition("=")
        declare(name, default if equals else None)


def _words(instruction: Instruction) -> list[str]:
    if not is_whole(instruction.rest):
        raise WordError("the closing quote is missing")
    return split(instruction.rest)
