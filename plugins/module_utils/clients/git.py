# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A git repository by the command git: commits asked for and packed; errors as ``Failure``."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure

COMMIT = re.compile(r"[0-9a-f]{40}")
# Copies of repositories that are elsewhere.
CACHE = "~/.cache/longshore/git"
# Seconds; a first copy of a large repository takes its time.
TIMEOUT = 600
SUBMODULE = "160000"
# Where git-lfs is installed, an archive would have its files, and the bytes would depend on the machine.
WITHOUT_LFS = ("-c", "filter.lfs.smudge=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false")


class Repository:
    """One repository, or a folder of one, of which nothing else counts; ``folder`` is where it is on this machine."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.is_here = os.path.isdir(where)
        self.folder = where if self.is_here else _copy_of(where)

    def commit(self, version: str) -> str:
        """The commit that a branch, tag or commit stands for. A repository elsewhere is asked for news first."""
        if not self.is_here:
            self._fetch(version)
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{version}^{{commit}}", check=False)
        if not found:
            branches = self._git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags").split()
            listed = ", ".join(branches[:20]) or "none"
            raise Failure(f"version: {self.where} has no branch, tag or commit {version}; there are {listed}")
        return found

    def time(self, commit: str) -> int:
        """When it was committed, in seconds."""
        return int(self._git("show", "--no-patch", "--format=%ct", commit))

    def uncommitted(self, commit: str) -> list[str]:
        """The paths that differ from the commit, where it is the one that is checked out here; else none."""
        if not self.is_here or self._git("rev-parse", "--is-bare-repository") == "true":
            return []
        if self._git("rev-parse", "HEAD") != commit:
            return []
        return [line[3:] for line in self._git("status", "--porcelain", "--", ".").splitlines()]

    def tree_as_it_is(self) -> str:
        """A tree of the files as they lie there, those that git ignores left out; neither index nor branch changes."""
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            self._git("read-tree", "HEAD", environment=index)
            self._git("add", "--all", "--", ".", environment=index)
            return self._git("write-tree", environment=index)

    def submodules(self, tree: str) -> list[str]:
        """The paths of a tree that are other repositories."""
        lines = self._git("ls-tree", "-r", tree).splitlines()
        return [line.partition("\t")[2] for line in lines if line.startswith(SUBMODULE)]

    def archive(self, tree: str) -> t.IO[bytes]:
        """A tar of the tree, as ``git archive`` makes it: .gitattributes may leave files out (export-ignore).

        Of files of Git LFS it has the pointers.
        """
        file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
        self._git("archive", "--format=tar", tree, output=file, settings=WITHOUT_LFS)
        file.seek(0)
        return file

    def file(self, tree: str, path: str) -> bytes:
        """The content of one file of a tree."""
        # Not "./": a bare copy has no current folder.
        below = self._git("rev-parse", "--show-prefix")
        with tempfile.TemporaryFile() as file:
            self._git("cat-file", "blob", f"{tree}:{below}{path}", output=file)
            file.seek(0)
            return file.read()

    def _fetch(self, version: str) -> None:
        """A bare copy, kept for the next time; a commit that it has already needs no network."""
        if not os.path.isdir(self.folder):
            os.makedirs(self.folder)
            self._git("init", "--quiet", "--bare")
        elif COMMIT.fullmatch(version) and self._git("cat-file", "-t", version, check=False) == "commit":
            return
        refs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        self._git("fetch", "--quiet", "--prune", "--no-auto-gc", self.where, *refs)

    def _git(
        self,
        *arguments: str,
        check: bool = True,
        output: t.IO[bytes] | int = subprocess.PIPE,
        environment: dict[str, str] | None = None,
        settings: tuple[str, ...] = (),
    ) -> str:
        """What git says, without the line's end; a failure of it is ours, or '' without ``check``."""
        variables = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(environment or {})}
        try:
            run = subprocess.run(
                ["git", "-C", self.folder, *settings, *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                env=variables,
                timeout=TIMEOUT,
            )
        except FileNotFoundError as error:
            raise Failure("repository: there is no command git on this machine. Install it.") from error
        except subprocess.TimeoutExpired as error:
            raise Failure(
                f"repository: git did not end within {TIMEOUT} s for {self.where}. Look at its host."
            ) from error
        if run.returncode and check:
            said = run.stderr.decode(errors="replace").strip()
            raise Failure(f"repository: {self.where} cannot be used (git {arguments[0]}): {said}")
        return "" if run.returncode or run.stdout is None else run.stdout.decode(errors="replace").rstrip("\n")


def _copy_of(where: str) -> str:
    name = hashlib.sha256(where.encode()).hexdigest()[:16]
    return os.path.join(os.path.expanduser(CACHE), f"{name}.git")
