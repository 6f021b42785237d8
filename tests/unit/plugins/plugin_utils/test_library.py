"""What the library is made of, and its name."""

from __future__ import annotations

import io
import pathlib
import zipfile

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils import _library

FILES = [("a.py", b"one"), ("b.py", b"two")]


@pytest.mark.parametrize(
    ("files", "version", "is_same"),
    [
        (FILES, "2.19.0", True),
        (FILES, "2.19.1", False),
        ([("a.py", b"one"), ("b.py", b"three")], "2.19.0", False),
        ([("a.py", b"one"), ("c.py", b"two")], "2.19.0", False),
        ([("a.py", b"onetwo"), ("b.py", b"")], "2.19.0", False),
        (FILES[:1], "2.19.0", False),
    ],
)
def test_digest_of(files: list[tuple[str, bytes]], version: str, is_same: bool) -> None:
    assert (_library.digest_of(files, version) == _library.digest_of(FILES, "2.19.0")) is is_same


def test_two_archives_of_the_same_files_are_the_same_bytes() -> None:
    assert _library.archive() == _library.archive()


def test_the_archive_has_our_modules_and_what_they_import_of_ansible() -> None:
    names = set(zipfile.ZipFile(io.BytesIO(_library.archive())).namelist())
    assert {
        "ansible/__init__.py",
        "ansible/module_utils/basic.py",
        "ansible_collections/longshore/fleet/plugins/modules/launch.py",
        "ansible_collections/longshore/fleet/plugins/module_utils/_running.py",
    } <= names
    assert not [name for name in names if "plugin_utils" in name or "/facts/" in name]


def test_every_package_of_the_archive_says_that_it_is_one() -> None:
    """Else a package of the same name elsewhere on a host's path, which says so, would be taken."""
    names = set(zipfile.ZipFile(io.BytesIO(_library.archive())).namelist())
    folders = {str(folder) for name in names for folder in list(pathlib.PurePosixPath(name).parents)[:-1]}
    assert {f"{folder}/__init__.py" for folder in folders} <= names
