# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a real folder a build gets; what patterns match is shown by test_ignore_patterns.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.context_files import context_paths
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

TREE = ("Dockerfile", "a.py", "a.pyc", "doc/b.md", "doc/keep.md", "src/c.py", "src/deep/c.pyc", "empty/")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in TREE:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        if path.endswith("/"):
            (tmp_path / path).mkdir()
        else:
            (tmp_path / path).touch()
    return tmp_path


def everything(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


@pytest.mark.parametrize(
    ("ignored", "left_out"),
    [
        pytest.param("", set(), id="nothing"),
        pytest.param("# a.py\n\n", set(), id="comment"),
        pytest.param("\ufeffa.py", {"a.py"}, id="byte order mark"),
        pytest.param("*.pyc", {"a.pyc"}, id="pattern at the top"),
        pytest.param("**/*.pyc", {"a.pyc", "src/deep/c.pyc"}, id="pattern everywhere"),
        pytest.param("A.PY\nDOC", set(), id="case counts"),
        pytest.param("/doc/", {"doc", "doc/b.md", "doc/keep.md"}, id="folder"),
        pytest.param("doc\n!doc/keep.md", {"doc/b.md"}, id="all of a folder but one"),
        pytest.param("empty", {"empty"}, id="empty folder"),
        pytest.param("**/deep/*", {"src/deep/c.pyc"}, id="what is in a folder"),
    ],
)
def test_what_is_left_out(root: Path, ignored: str, left_out: set[str]) -> None:
    (root / ".dockerignore").write_text(ignored, encoding="utf-8")
    assert context_paths(root, "Dockerfile") == everything(root) - left_out


@pytest.mark.parametrize(
    ("ignored", "kept"),
    [
        pytest.param("*\n!src", {"src", "src/c.py", "src/deep", "src/deep/c.pyc"}, id="one folder"),
        pytest.param("*\n!**/*.py\n!Dockerfile", {"Dockerfile", "a.py", "src", "src/c.py"}, id="one kind everywhere"),
        pytest.param("*\n!src/deep/c.pyc", {"src", "src/deep", "src/deep/c.pyc"}, id="one file deep down"),
        pytest.param("**\n!doc/*.md\ndoc/b*", {"doc", "doc/keep.md"}, id="an exception's exception"),
        pytest.param("*", set(), id="everything, the Dockerfile and the ignore file too"),
    ],
)
def test_what_exceptions_keep(root: Path, ignored: str, kept: set[str]) -> None:
    (root / ".dockerignore").write_text(ignored, encoding="utf-8")
    assert context_paths(root, "Dockerfile") == kept


@pytest.mark.parametrize(
    ("dockerfile", "own", "left_out"),
    [
        pytest.param("Dockerfile.worker", "Dockerfile.worker.dockerignore", {"doc/b.md"}, id="its own"),
        pytest.param("src/Dockerfile", "src/Dockerfile.dockerignore", {"doc/b.md"}, id="its own in a folder"),
        pytest.param("Dockerfile", "Dockerfile.worker.dockerignore", {"a.py"}, id="another one's"),
    ],
)
def test_the_file_beside_the_dockerfile_wins(root: Path, dockerfile: str, own: str, left_out: set[str]) -> None:
    (root / ".dockerignore").write_text("a.py")
    (root / own).write_text("doc/b.md")
    assert context_paths(root, dockerfile) == everything(root) - left_out


def test_an_empty_file_beside_the_dockerfile_leaves_out_nothing(root: Path) -> None:
    (root / ".dockerignore").write_text("*")
    (root / "Dockerfile.dockerignore").write_text("")
    assert context_paths(root, "Dockerfile") == everything(root)


def test_links_are_not_followed(root: Path) -> None:
    (root / "link").symlink_to("src")
    (root / ".dockerignore").write_text("src")
    assert "link" in context_paths(root, "Dockerfile")
    assert not any(path.startswith(("src", "link/")) for path in context_paths(root, "Dockerfile"))


def test_names_need_not_be_utf_8(root: Path) -> None:
    name = b"caf\xe9".decode(errors="surrogateescape")
    (root / name).touch()
    (root / ".dockerignore").write_bytes(b"caf\xe9\n")
    assert name not in context_paths(root, "Dockerfile")


@pytest.mark.parametrize(
    ("ignored", "said"),
    [
        pytest.param(
            b"[z-a]", r"/\.dockerignore: '\[z-a\]' is not a valid pattern \(bad character range z-a\)", id="re"
        ),
        pytest.param("secret.env".encode("utf-16"), r"/\.dockerignore is not UTF-8 text", id="UTF-16"),
    ],
)
def test_a_file_that_cannot_be_used(root: Path, ignored: bytes, said: str) -> None:
    (root / ".dockerignore").write_bytes(ignored)
    with pytest.raises(Failure, match=said):
        context_paths(root, "Dockerfile")


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"build context .*/gone cannot be read at .*/gone \(No such file"):
        context_paths(tmp_path / "gone", "Dockerfile")
