# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What moby/patternmatcher, which BuildKit uses, says of the same patterns and paths."""

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.ignore_patterns import IgnorePatterns


def excludes(text: str, path: str) -> bool:
    """Ask for a path as a walk does: for each folder above it first."""
    patterns = IgnorePatterns.from_text(text, where=".dockerignore")
    excluded, matched = False, ()
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        excluded, matched = patterns.excludes("/".join(parts[:end]), matched)
    return excluded


@pytest.mark.parametrize(
    ("text", "path", "excluded"),
    [
        # names
        ("a", "a", True),
        ("a", "A", False),
        ("a", "b/a", False),
        ("a", "ab", False),
        ("a", "a/b/c", True),
        ("a/b", "a/b", True),
        ("a/b", "a", False),
        ("a.b", "axb", False),
        ("a+b(c)|{d}$", "a+b(c)|{d}$", True),
        # how a line is written
        ("/a", "a", True),
        ("//a//b", "a/b", True),
        ("./a", "a", True),
        ("a/", "a", True),
        ("a/./b/../c", "a/c", True),
        ("../a", "a", False),
        ("  a \t", "a", True),
        ("/ a", "a", True),
        ("a/ ", "a", True),
        ("a\r\nb\r\n", "a", True),
        ("#a", "#a", False),
        (" #a", "#a", True),
        ("\\#a", "#a", True),
        ("\ufeff# a comment\na", "a", True),
        ("a\x0bb", "a\x0bb", True),
        ("/", "a", False),
        (".", "a", False),
        # wildcards
        ("*", "a/b", True),
        ("*", ".hidden", True),
        ("*.py", "a.py", True),
        ("*.py", "b/a.py", False),
        ("*.py", "a.pyc", False),
        ("a*/b", "axx/b", True),
        ("a*/b", "a/x/b", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("README*", "readme_templates/t", False),
        ("[ab]c", "bc", True),
        ("[^ab]c", "bc", False),
        ("[!ab]c", "!c", True),
        ("[a-c]", "b", True),
        ("[A-C]", "b", False),
        ("[[]", "[", True),
        ("[\\]]", "]", True),
        ("a\\*", "a*", True),
        ("a\\*", "ab", False),
        ("*.{js,css}", "a.js", False),
        ("*|b", "x", True),
        ("^?", "a", True),
        ("a{2}*", "aab", True),
        # any number of folders
        ("**", "a/b", True),
        ("**/", "a/b", True),
        ("**/a", "a", True),
        ("**/a", "b/c/a", True),
        ("**/a", "ba", False),
        ("**a", "c/ba", True),
        ("**.log", "b/x.log", True),
        ("**]", "a]", False),
        ("**]", "b/]", True),
        ("**/*.py", "a.py", True),
        ("**/*.py", "b/c/a.py", True),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("a**", "abc/d", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "ax/b", False),
        ("**/a/**", "x/a/b", True),
        ("**/a/*/b", "a/x/b", True),
        # exceptions, in their order
        ("*\n!a", "a", False),
        ("!a\n*", "a", True),
        ("*\n! a", "a", False),
        ("*\n!/a/", "a/b", False),
        ("*\n!**/*.py", "b/a.py", False),
        ("*\n!**/*.py", "b/a.txt", True),
        ("a\n!a/b", "a/b/c", False),
        ("a\n!a/b\na/b/c", "a/b/c", True),
        ("a\n!a/*.md\na/README*", "a/README.md", True),
        ("a*\n!ab\na*", "ab", True),
        # a pattern that did not decide about the folder does not decide about what is in it
        ("*.d\n!x.d/keep\nx.d", "x.d/keep", False),
    ],
)
def test_excludes(text: str, path: str, excluded: bool) -> None:
    assert excludes(text, path) == excluded


@pytest.mark.parametrize(
    ("text", "folder", "may"),
    [
        ("*", "a", False),
        ("*\n!b", "a", False),
        ("*\n!a/b", "a", True),
        ("*\n!a/b/**", "a/b", True),
        ("*\n!ab", "a", False),
        ("*\n!**/*.py", "a", True),
        ("*\n!b?", "a", True),
    ],
)
def test_only_folders_that_may_hold_an_exception_are_looked_into(text: str, folder: str, may: bool) -> None:
    assert IgnorePatterns.from_text(text, where="").may_keep_below(folder) == may


@pytest.mark.parametrize("line", ["[", "a[]b", "[^]", "[z-a]", "a\\", "[a\\", "!", "! ", "!/"])
def test_patterns_that_are_not_valid(line: str) -> None:
    with pytest.raises(Failure, match=r"^images/\.dockerignore: .*pattern"):
        IgnorePatterns.from_text(f"ok\n{line}", where="images/.dockerignore")
