# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A git repository by the command git: commits asked for and packed; errors as ``Failure``."""

from __future__ import annotations

import os
import tempfile
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.git_archive import Blob, write_archive
from ansible_collections.longshore.fleet.plugins.module_utils._clients.git_command import Git
from ansible_collections.longshore.fleet.plugins.module_utils._clients.git_copy import folder_of, renew
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.fleet_key import is_fleet_key

SUBMODULE = "160000"


class Repository:
    """One repository, or a folder of one, of which nothing else counts; ``folder`` is where it is on this machine."""

    def __init__(self, where: str) -> None:
        self._named = where
        self.is_here = os.path.isdir(where)
        self.folder = where if self.is_here else folder_of(where)
        self._git = Git(where, self.folder) if self.is_here else Git(where, self.folder, git_dir=self.folder)
        self.where = self._git.where

    def commit(self, version: str) -> str:
        """Return the commit that a branch, tag or commit stands for. A repository elsewhere is asked for news first."""
        if not self.is_here:
            renew(self._named, version)
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{version}^{{commit}}", check=False)
        if not found:
            branches = self._git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags").split()
            listed = ", ".join(branches[:20]) or "none"
            raise Failure(f"version: {self.where} has no branch, tag or commit {version}; there are {listed}")
        return found

    def described(self) -> str:
        """Return the commit that is checked out, with ``-dirty`` where files differ; empty where there is none."""
        return self._git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*", check=False)

    def time(self, commit: str) -> int:
        """Return when it was committed, in seconds."""
        return int(self._git("show", "--no-patch", "--no-show-signature", "--format=%ct", commit))

    def uncommitted(self, commit: str) -> list[str]:
        """Return the paths that differ from the commit, where it is the one that is checked out here; else none."""
        if not self.is_here or self._git("rev-parse", "--is-bare-repository") == "true":
            return []
        if self._git("rev-parse", "HEAD") != commit:
            return []
        found = self._git("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", ".")
        return [entry[3:] for entry in found.split("\0") if entry]

    def tree_as_it_is(self) -> str:
        """Make a tree of the files as they lie there, without those that git ignores; no branch or index changes."""
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            self._git("read-tree", "HEAD", environment=index)
            self._git("-c", "core.autocrlf=false", "add", "--all", "--", ".", environment=index)
            return self._git("write-tree", environment=index)

    def submodules(self, tree: str) -> list[str]:
        """Return the paths of a tree that are other repositories."""
        return [blob.path for blob in self._blobs(self._below(tree)) if blob.mode == SUBMODULE]

    def archive(self, tree: str) -> t.IO[bytes]:
        """Return a tar of the tree's files, byte for byte as they are in it.

        No setting and no filter of the machine changes them, nor does .gitattributes, save that it may leave files
        out (export-ignore). Of files of Git LFS it has the pointers.
        """
        below = self._below(tree)
        blobs = [b for b in self._blobs(below) if b.mode != SUBMODULE and not is_fleet_key(b.path)]
        return write_archive(self._git, below, blobs)

    def fleet_keys(self, tree: str) -> list[str]:
        """Return the paths of a tree that are fleet keys, which no archive has."""
        return [blob.path for blob in self._blobs(self._below(tree)) if is_fleet_key(blob.path)]

    def file(self, tree: str, path: str) -> bytes:
        """Return the content of one file of a tree."""
        with tempfile.TemporaryFile() as file:
            self._git("cat-file", "blob", f"{self._below(tree)}:{path}", output=file)
            file.seek(0)
            return file.read()

    def _below(self, tree: str) -> str:
        """Return the tree of the folder that the repository stands for, in a commit or tree of all of it."""
        prefix = self._git("rev-parse", "--show-prefix").rstrip("/")
        return self._git("rev-parse", "--verify", "--end-of-options", f"{tree}:{prefix}")

    def _blobs(self, tree: str) -> list[Blob]:
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", tree).split("\0")
        return [Blob.from_line(line) for line in listed if line]
