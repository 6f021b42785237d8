# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.dockerfile import Dockerfile


def read(text: str, args: dict[str, str] | None = None) -> Dockerfile:
    return Dockerfile.from_text(text, args or {}, where="images/web/Dockerfile")


@pytest.mark.parametrize(
    ("text", "args", "bases"),
    [
        pytest.param("FROM debian:bookworm-slim", {}, ("debian:bookworm-slim",), id="one"),
        pytest.param("from debian", {}, ("debian",), id="lower case"),
        pytest.param("FROM\tdebian AS web", {}, ("debian",), id="tab"),
        pytest.param("FROM scratch\nCOPY a b", {}, (), id="scratch"),
        pytest.param("FROM --platform=linux/amd64 debian AS x", {}, ("debian",), id="platform"),
        pytest.param("FROM a AS build\nFROM Build AS end\nFROM end", {}, ("a",), id="earlier stages"),
        pytest.param(
            "FROM a AS build\nFROM b\nCOPY --from=build /x /y\nCOPY --from=0 / /", {}, ("a", "b"), id="stage copied"
        ),
        pytest.param("FROM a\nCOPY --chown=1:1 --from=tools:1 /x /y", {}, ("a", "tools:1"), id="image copied"),
        pytest.param("FROM a\nRUN --mount=type=bind,from=tools:1,target=/t make", {}, ("a", "tools:1"), id="mounted"),
        pytest.param("FROM a\nFROM a", {}, ("a",), id="the same twice"),
        pytest.param("ARG B=debian\nFROM $B", {}, ("debian",), id="default"),
        pytest.param("ARG B=debian\nFROM ${B}:12", {"B": "ubuntu"}, ("ubuntu:12",), id="argument"),
        pytest.param("ARG V=12\nARG B=debian:$V\nFROM $B", {}, ("debian:12",), id="default of a default"),
        pytest.param("ARG A=1 B='debian'\nFROM $B:$A", {}, ("debian:1",), id="two on a line, quoted"),
        pytest.param("ARG B\nFROM ${B:-debian}", {}, ("debian",), id="fallback"),
        pytest.param("ARG T\nFROM debian${T:+:latest}", {"T": "x"}, ("debian:latest",), id="where set"),
        pytest.param("FROM a\nARG B=x\nFROM b", {}, ("a", "b"), id="argument of a stage"),
        pytest.param("FROM debian\nRUN echo \\\n  # comment\n\n  FROM nothing", {}, ("debian",), id="continued line"),
        pytest.param("FROM deb\\\nian", {}, ("debian",), id="continued word"),
        pytest.param("# escape=`\nFROM `\n debian\nRUN echo \\\nFROM b", {}, ("debian", "b"), id="other escape"),
        pytest.param("FROM a\nRUN <<EOF\nFROM nothing\nEOF\nFROM b", {}, ("a", "b"), id="heredoc"),
        pytest.param("FROM a\nCOPY <<-'X' <<Y /d/\nFROM n\n\tX\nFROM m\nY\nFROM b", {}, ("a", "b"), id="two heredocs"),
        pytest.param("FROM a\nRUN echo $((1<<3))\nFROM b", {}, ("a", "b"), id="shift is no heredoc"),
        pytest.param("\ufeffFROM a\r\nFROM b\r\n", {}, ("a", "b"), id="byte order mark and CRLF"),
    ],
)
def test_bases(text: str, args: dict[str, str], bases: tuple[str, ...]) -> None:
    assert read(text, args).bases == bases


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("FROM a\nRUN make", "", id="classic"),
        pytest.param(
            "FROM --platform=linux/amd64 a\nCOPY --chown=1 --from=x a b\nADD --chown=1 a b", "", id="classic flags"
        ),
        pytest.param("FROM a\nHEALTHCHECK --interval=1s CMD true", "", id="flags of others"),
        pytest.param("FROM a\nRUN mount --bind a b", "", id="flag of a program"),
        pytest.param("# syntax=docker/dockerfile:1\nFROM a", "# syntax=", id="syntax"),
        pytest.param("# a comment\n# syntax=docker/dockerfile:1\nFROM a", "", id="syntax too late"),
        pytest.param("FROM a\nRUN --mount=type=cache,target=/c make", "RUN --mount", id="mount"),
        pytest.param("FROM a\nRUN \\\n --network=none make", "RUN --network", id="network"),
        pytest.param("FROM a\nCOPY --chmod=755 a b", "COPY --chmod", id="chmod"),
        pytest.param("FROM a\nCOPY --link a b", "COPY --link", id="flag without value"),
        pytest.param("FROM a\nRUN python3 <<EOF\nEOF", "RUN <<", id="heredoc"),
    ],
)
def test_who_builds(text: str, why: str) -> None:
    assert read(text).buildkit == why


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("FROM ${BASE}", "'FROM ${BASE}' names no image", id="no value"),
        pytest.param("FROM", "names no image", id="nothing"),
        pytest.param("ARG B='x\nFROM $B", "No closing quotation", id="open quote"),
    ],
)
def test_errors_name_file_and_line(text: str, said: str) -> None:
    with pytest.raises(Failure) as failure:
        read(text)
    assert said in str(failure.value)
    assert "images/web/Dockerfile" in str(failure.value)
