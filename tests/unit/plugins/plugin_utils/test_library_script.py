"""The script that runs a module from the library of a host, as a host's Python gets it."""

from __future__ import annotations

import base64
import io
import json
import os
import pathlib
import subprocess
import sys
import time
import typing as t
import zipfile

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils import _library
from ansible_collections.longshore.fleet.plugins.plugin_utils import _library_script as script

# A library whose loader prints what it is called with, in the place of Ansible's.
LOADER = """
import json
def run_module(json_params, profile, module_fqn, modlib_path, extensions):
    print(json.dumps([module_fqn, json.loads(json_params)]))
"""
PACKAGES = (
    "ansible",
    "ansible/module_utils",
    "ansible/module_utils/_internal",
    "ansible/module_utils/_internal/_ansiballz",
)


def packed(loader: str = LOADER) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as library:
        for package in PACKAGES:
            library.writestr(f"{package}/__init__.py", "")
        library.writestr(f"{PACKAGES[-1]}/_loader.py", loader)
    return base64.b64encode(found.getvalue())


def run(
    root: pathlib.Path, digest: str, module: str, arguments: bytes, archive: bytes
) -> subprocess.CompletedProcess[str]:
    """Send the script to a Python as Ansible does. With -I nothing but its own packages and the library is imported."""
    call = f"\nmain({str(root)!r}, {digest!r}, {module!r}, {arguments!r}, {archive!r})\n"
    source = pathlib.Path(script.__file__).read_text("utf-8") + call
    return subprocess.run([sys.executable, "-I"], input=source, capture_output=True, text=True, check=False)


def called(root: pathlib.Path, digest: str = "one", archive: bytes = b"", **given: t.Any) -> t.Any:
    """Return what the script prints for a call."""
    python = run(root, digest, "a.b", json.dumps(given).encode(), archive)
    assert not python.stderr
    return json.loads(python.stdout)


def state(answer: t.Any) -> str:
    return str(answer["longshore_library"])


def test_a_host_says_that_the_library_is_missing_and_has_it_from_the_next_call_on(tmp_path: pathlib.Path) -> None:
    root = tmp_path / "longshore" / "lib"
    assert state(called(root)) == "missing"
    assert not root.exists()
    assert called(root, archive=packed(), name="web") == ["a.b", {"name": "web"}]
    assert called(root, name="web") == ["a.b", {"name": "web"}]
    assert [path.name for path in root.iterdir()] == ["one"]


def test_libraries_of_two_controllers_lie_side_by_side(tmp_path: pathlib.Path) -> None:
    root = tmp_path / "lib"
    called(root, "one", packed())
    called(root, "two", packed(LOADER.replace("dumps([module_fqn", "dumps(['two'")))
    assert [called(root, digest)[0] for digest in ("one", "two", "one")] == ["a.b", "two", "a.b"]


@pytest.mark.parametrize("cut", [1, 100, -1])
def test_an_upload_that_is_cut_is_never_used(tmp_path: pathlib.Path, cut: int) -> None:
    root = tmp_path / "lib"
    whole = base64.b64decode(packed())
    with pytest.raises(AssertionError, match="BadZipFile"):
        called(root, archive=base64.b64encode(whole[: len(whole) - 30 if cut < 0 else cut]))
    assert state(called(root)) == "missing"
    assert called(root, archive=packed())[0] == "a.b"


@pytest.mark.parametrize(
    ("name", "age", "stays"),
    [
        ("other", 0, True),
        ("other", script.UNUSED - 60, True),
        ("other", script.UNUSED + 60, False),
        (".unpacking", 0, True),
        (".unpacking", script.LEFT_OVER - 60, True),
        (".unpacking", script.LEFT_OVER + 60, False),
    ],
)
def test_prune(tmp_path: pathlib.Path, name: str, age: int, stays: bool) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "file").touch()
    os.utime(tmp_path / name, (0, time.time() - age))
    script.prune(str(tmp_path))
    assert (tmp_path / name).exists() is stays


def test_a_library_that_is_used_is_not_pruned(tmp_path: pathlib.Path) -> None:
    root = tmp_path / "lib"
    called(root, "one", packed())
    os.utime(root / "one", (0, time.time() - script.UNUSED - 60))
    called(root, "one")
    called(root, "two", packed())
    assert {path.name for path in root.iterdir()} == {"one", "two"}


@pytest.mark.parametrize("folder", ["..", ".", "one"])
def test_a_library_that_others_may_write_to_is_not_used(tmp_path: pathlib.Path, folder: str) -> None:
    root = tmp_path / "longshore" / "lib"
    called(root, "one", packed())
    (root / folder).chmod(0o777)
    assert "others may write to it" in state(called(root, "one"))


def test_nothing_is_unpacked_where_others_may_write(tmp_path: pathlib.Path) -> None:
    root = tmp_path / "lib"
    root.mkdir()
    root.chmod(0o777)
    assert "others may write to it" in state(called(root, "one", packed()))
    assert not list(root.iterdir())


def test_a_library_that_is_a_link_is_not_used(tmp_path: pathlib.Path) -> None:
    called(tmp_path / "elsewhere", "one", packed())
    (tmp_path / "lib").mkdir(0o755)
    (tmp_path / "lib" / "one").symlink_to(tmp_path / "elsewhere" / "one")
    assert "belongs to somebody else" in state(called(tmp_path / "lib", "one"))


def test_what_cannot_be_pruned_keeps_no_library_away(tmp_path: pathlib.Path) -> None:
    root = tmp_path / "lib"
    root.mkdir(0o755)
    (root / "dangling").symlink_to(tmp_path / "nowhere")
    assert called(root, "one", packed())[0] == "a.b"


def test_bytecode_is_made_before_the_library_is_in_its_place_and_never_after(tmp_path: pathlib.Path) -> None:
    root = tmp_path / "lib"
    called(root, "one", packed())
    compiled = list((root / "one").rglob("*.pyc"))
    assert len(compiled) == len(list((root / "one").rglob("*.py")))
    for path in compiled:
        path.unlink()
    assert called(root, "one")[0] == "a.b"
    assert not list((root / "one").rglob("*.pyc"))


def test_where_nothing_can_be_written_the_host_says_so() -> None:
    root = pathlib.Path("/proc/longshore/lib")
    assert state(called(root)) == "missing"  # root may write everywhere, until it is tried
    assert "/proc/longshore" in state(called(root, archive=packed()))


def test_files_are_readable_by_all_whatever_the_umask(tmp_path: pathlib.Path) -> None:
    before = os.umask(0o077)
    try:
        called(tmp_path / "lib", "one", packed())
    finally:
        os.umask(before)
    found = [path.stat().st_mode & 0o777 for path in (tmp_path / "lib" / "one").rglob("*.py")]
    assert set(found) == {0o644}


def test_a_module_of_ours_runs_from_the_library(tmp_path: pathlib.Path) -> None:
    archive = base64.b64encode(_library.archive())
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {"prefix": "a", "nonsense": 1}}).encode()
    result = json.loads(run(tmp_path / "lib", "one", f"{_library.PACKAGE}.kv_info", arguments, archive).stdout)
    assert result["failed"]
    assert "nonsense" in result["msg"]
