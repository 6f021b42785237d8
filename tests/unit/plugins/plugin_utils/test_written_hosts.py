# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._written_hosts import with_hosts, write

FILE = """---
# services/web.yml: the shop
service_image: {{from: "web:1"}}   # an image
service_hosts:  {hosts}    # where it runs
text: |
  service_hosts: not this one

# the end
"""


@pytest.mark.parametrize(
    ("before", "hosts", "after"),
    [
        pytest.param(FILE.format(hosts="web"), ["n1", "n2"], FILE.format(hosts="n1,n2"), id="comments stay"),
        pytest.param(FILE.format(hosts="'web'"), ["n1"], FILE.format(hosts="n1"), id="quotes"),
        pytest.param(FILE.format(hosts='"web:!n3"'), ["n1"], FILE.format(hosts="n1"), id="double quotes"),
        pytest.param("service_hosts: a", ["n1"], "service_hosts: n1", id="no end of line"),
        pytest.param("a: 1\nservice_hosts:\nb: 2\n", ["n1"], "a: 1\nservice_hosts: n1\nb: 2\n", id="empty"),
        pytest.param("service_hosts: a\n", ["12"], 'service_hosts: "12"\n', id="a name like a number"),
        pytest.param("service_hosts: a\n", ["n1", "::1"], "service_hosts: n1,::1\n", id="an address"),
        pytest.param("# x\r\na: ü\r\nservice_hosts: b\r\n", ["n1"], "# x\r\na: ü\r\nservice_hosts: n1\r\n", id="CRLF"),
        pytest.param("---\n# x\na: 1\n", ["n1"], "---\n# x\nservice_hosts: n1\na: 1\n", id="not there"),
        pytest.param("  a: 1\n  b: 2\n", ["n1"], "  service_hosts: n1\n  a: 1\n  b: 2\n", id="indented"),
        pytest.param(
            "a: !vault |\n  61\nservice_hosts: b\n", ["c"], "a: !vault |\n  61\nservice_hosts: c\n", id="tags"
        ),
    ],
)
def test_only_the_hosts_are_written(before: str, hosts: list[str], after: str) -> None:
    assert with_hosts(before, hosts) == after


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("service_hosts: '{{ group }}'\n", "service_hosts: is a template, '{{ group }}'", id="template"),
        pytest.param("service_hosts: >-\n  a\n", "is no text of one line", id="block"),
        pytest.param("service_hosts: [a, b]\n", "is no text of one line", id="list"),
        pytest.param("service_hosts: a\n  b\n", "is no text of one line", id="two lines"),
        pytest.param("service_hosts: &all a\nb: *all\n", "an anchor, an alias or a tag", id="anchor"),
        pytest.param("b: &all a\nservice_hosts: *all\n", "an anchor, an alias or a tag", id="alias"),
        pytest.param("service_hosts: !unsafe a\n", "an anchor, an alias or a tag", id="tag"),
        pytest.param("service_hosts: a\nservice_hosts: b\n", "is there twice", id="twice"),
        pytest.param("{service_hosts: a}\n", "is one mapping in braces", id="braces"),
        pytest.param("# nothing\n", "has no key beside which", id="empty file"),
    ],
)
def test_refused(text: str, said: str) -> None:
    with pytest.raises(Failure) as failure:
        with_hosts(text, ["n1"])
    assert said in str(failure.value)


def test_a_file_keeps_its_mode_and_a_link_stays(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "own.yml").chmod(0o640)
    (tmp_path / "web.yml").symlink_to("own.yml")
    write(tmp_path / "web.yml", "a: 2\n")
    assert (tmp_path / "web.yml").is_symlink()
    assert (tmp_path / "own.yml").read_text(encoding="utf-8") == "a: 2\n"
    assert (tmp_path / "own.yml").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.yml", "web.yml"]


def test_a_folder_that_nobody_may_write_to(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be written: "):
        write(tmp_path / "gone/web.yml", "a: 2\n")
