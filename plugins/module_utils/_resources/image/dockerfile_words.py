# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a Dockerfile: split at blanks, and with their variables put in place as the builders do."""

from __future__ import annotations

import re
import typing as t

WORD = re.compile(r"""(?:[^\s"'\\$]|\$\{[^}]*\}|\$|\\.?|"(?:\\.|[^"\\])*"|'[^']*')+""")
NAME = re.compile(r"[A-Za-z_]\w*|\d+")

Lookup = t.Callable[[str], t.Optional[str]]


class WordError(ValueError):
    """A word that no builder takes; its text completes "FROM x: "."""


def split(text: str) -> list[str]:
    """Return the words with their quotes; what has no closing quote is left out."""
    return WORD.findall(text)


def is_whole(text: str) -> bool:
    """Tell whether every quote of a text is closed."""
    return not WORD.sub("", text).strip()


def expanded(word: str, lookup: Lookup, escape: str) -> str:
    """Put variables in place and take quotes away. ``lookup`` gives a variable's value, None where it is not set."""
    return _Reader(word, lookup, escape).until("")


class _Reader:
    def __init__(self, text: str, lookup: Lookup, escape: str) -> None:
        self.text = text
        self.lookup = lookup
        self.escape = escape
        self.at = 0

    def until(self, end: str) -> str:
        """Read up to the character ``end``, '' for the end of the word."""
        result = ""
        while self.at < len(self.text):
            char = self._next()
            if char == end:
                return result
            if char == "'":
                result += self._literal()
            elif char == '"':
                result += self._quoted()
            elif char == "$":
                result += self._variable()
            elif char == self.escape:
                result += self._next()
            else:
                result += char
        if end:
            raise WordError(f"{end} is missing")
        return result

    def _next(self) -> str:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        return char

    def _literal(self) -> str:
        text, quote, _rest = self.text[self.at :].partition("'")
        if not quote:
            raise WordError("the closing quote is missing")
        self.at += len(text) + 1
        return text

    def _quoted(self) -> str:
        result = ""
        while self.at < len(self.text):
            char = self._next()
            if char == '"':
                return result
            if char == "$":
                result += self._variable()
            elif char == self.escape and self.text[self.at : self.at + 1] in ('"', "$", self.escape):
                result += self._next()
            else:
                result += char
        raise WordError("the closing quote is missing")

    def _variable(self) -> str:
        in_braces = self.text.startswith("{", self.at)
        name = NAME.match(self.text, self.at + in_braces)
        if name is None:
            if in_braces:
                raise WordError("${ is not followed by a name")
            return "$"
        self.at = name.end()
        value = self.lookup(name[0])
        return self._modified(name[0], value) if in_braces else value or ""

    def _modified(self, name: str, value: str | None) -> str:
        """Read what follows the name in braces: ``}``, ``:-``, ``-``, ``:+``, ``+``, ``:?`` or ``?`` and a word."""
        operator = self._next()
        if operator == "}":
            return value or ""
        if not operator:
            raise WordError("} is missing")
        is_there = value is not None
        if operator == ":":
            operator, is_there = self._next(), bool(value)
        if operator not in ("-", "+", "?"):
            raise WordError(f"${{{name}{operator}...}} cannot be evaluated here; give the whole word by args")
        word = self.until("}")
        if operator == "+":
            return word if is_there else ""
        if operator == "?" and not is_there:
            raise WordError(f"{name} has no value: {word or 'give it one by args'}")
        return value or "" if is_there else word
