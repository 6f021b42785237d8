# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused before a build, and what only the builder can judge. The context has a few files and a link."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.context import Context, Entry
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.dockerfile import Dockerfile
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.dockerfile_checks import (
    refuse_wrong_dockerfile,
)

WHERE = "images/web/Dockerfile"
ENTRIES = [("Dockerfile", "file"), ("app.py", "file"), ("pkg/mod.py", "file"), ("static", "directory"), ("up", "link")]
CONTEXT = Context(
    Path("images/web"),
    tuple(Entry(path, kind, "", False) for path, kind in ENTRIES),
    hidden=frozenset({"Dockerfile"}),
)


def refused(text: str, target: str | None = None) -> str:
    dockerfile = Dockerfile.from_text(text, {}, {"TARGETARCH": "amd64"}, where=WHERE)
    try:
        refuse_wrong_dockerfile(dockerfile, CONTEXT, target, WHERE)
    except Failure as failure:
        return str(failure)
    return ""


@pytest.mark.parametrize(
    ("text", "target", "says"),
    [
        pytest.param("", None, f"{WHERE}: is empty, and builds nothing; begin it with FROM", id="empty"),
        pytest.param("# only a comment\n\n", None, f"{WHERE}: is empty", id="comments alone"),
        pytest.param("ARG A=1\n", None, f"{WHERE}:1: no FROM stands before the end", id="ARG alone"),
        pytest.param("\nRUN true\nFROM a", None, f"{WHERE}:2: no FROM stands before RUN", id="FROM too late"),
        pytest.param(
            "FROM a\nCOPPY a b", None, f"{WHERE}:2: there is no instruction COPPY; did you mean COPY?", id="typo"
        ),
        pytest.param(
            "FROM a\nCOPY nosuch /x", None, f"{WHERE}:2: COPY nosuch: it is not in the build context", id="copy"
        ),
        pytest.param("FROM a\nADD ./nosuch.tar /x", None, f"{WHERE}:2: ADD ./nosuch.tar: it is not in", id="add"),
        pytest.param("FROM a\nCOPY app.py nosuch /x/", None, "COPY nosuch: it is not in", id="second source"),
        pytest.param('FROM a\nCOPY ["a b", "/x"]', None, "COPY a b: it is not in", id="listed"),
        pytest.param(
            "FROM a\nRUN true && \\\n  true\nCOPY --chown=1 \\\n  nosuch /x", None, f"{WHERE}:4: COPY", id="line"
        ),
        pytest.param(
            "FROM a\nRUN <<E\nCOPY x y\nE\nCOPY nosuch /x", None, f"{WHERE}:5: COPY", id="line after a heredoc"
        ),
        pytest.param("FROM a\nCOPY Dockerfile /x", None, "COPY Dockerfile: it is not in", id="left out"),
        pytest.param("FROM a\nCOPY App.py /x", None, "COPY App.py: it is not in", id="case counts"),
        pytest.param("FROM a\nCOPY ../app.pyc /x", None, "COPY ../app.pyc: it is not in", id="above"),
        pytest.param("FROM a AS b\nCOPY nosuch /x\nFROM b", None, "COPY nosuch: it is not in", id="stage begun from"),
        pytest.param("FROM a AS B\nCOPY nosuch /x\nFROM c\nCOPY --from=b x y", None, "COPY nosuch", id="stage copied"),
        pytest.param("FROM a\nCOPY nosuch /x\nFROM c\nCOPY --from=0 x y", None, "COPY nosuch", id="stage by number"),
        pytest.param("FROM a AS b\nCOPY nosuch /x\nFROM c", "b", "COPY nosuch", id="the target"),
        pytest.param(
            "FROM a AS b", "tset", f"target: tset is not a stage of {WHERE}; known are b", id="no such target"
        ),
        pytest.param("FROM a", "test", f"target: test is not a stage of {WHERE}; none has a name", id="no stages"),
    ],
)
def test_refused(text: str, target: str | None, says: str) -> None:
    assert says in refused(text, target)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        pytest.param("FROM a\nCOPY . /x\nCOPY / /x\nCOPY ./ /x", None, id="all"),
        pytest.param("FROM a\nCOPY app.py ./pkg/mod.py pkg pkg/ /app.py /x/", None, id="files and folders"),
        pytest.param("FROM a\nCOPY ../app.py static/. /x/", None, id="above is the context itself"),
        pytest.param("FROM a\nCOPY *.txt nosuch? [n]osuch /x/", None, id="wildcards"),
        pytest.param("FROM a\nARG V=1\nCOPY app-$V.py ${V} /x/", None, id="variables"),
        pytest.param("FROM a\nCOPY 'no such' \"n\" no\\ such /x/", None, id="quotes and escapes"),
        pytest.param("FROM a\nADD https://a/b git@a:b/c.git github.com/b/c.git /x/", None, id="elsewhere"),
        pytest.param("FROM a\nCOPY --from=tools:1 nosuch /x", None, id="from an image"),
        pytest.param("FROM a\nCOPY <<E nosuch /x\nhello\nE", None, id="heredoc"),
        pytest.param("FROM a\nCOPY up/nosuch up /x", None, id="behind a link"),
        pytest.param("FROM a AS b\nCOPY nosuch /x\nFROM c", None, id="a stage that nothing needs"),
        pytest.param("FROM a AS b\nFROM c\nCOPY nosuch /x", "b", id="behind the target"),
        pytest.param("FROM a AS b\nFROM c", "B", id="target in capitals"),
        pytest.param("FROM a\nFROM c", "0", id="target by number"),
        pytest.param("FROM a\nONBUILD COPY nosuch /x\nONBUILD RUN <<E\nNOSUCH\nE", None, id="on another build"),
        pytest.param("# syntax=acme/other\nINCLUDE x\nCOPY nosuch /x", None, id="another language"),
        pytest.param("# syntax=docker/dockerfile:1\nFROM a\nadd app.py /x", None, id="lower case"),
        pytest.param("\ufeffARG V\r\nFROM a\r\nCOPY app.py /x\r\nMAINTAINER a\r\n", None, id="mark and CRLF"),
    ],
)
def test_left_to_the_builder(text: str, target: str | None) -> None:
    assert refused(text, target) == ""
