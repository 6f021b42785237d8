# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.dockerfile import Dockerfile

PLATFORM = {
    f"{side}{part}": value
    for side in ("BUILD", "TARGET")
    for part, value in {"PLATFORM": "linux/amd64", "OS": "linux", "ARCH": "amd64", "VARIANT": ""}.items()
}


def read(text: str, args: dict[str, str] | None = None) -> Dockerfile:
    return Dockerfile.from_text(text, args or {}, PLATFORM, where="images/web/Dockerfile")


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
        pytest.param('FROM a\nRUN echo "a <<EOF b"\nFROM b', {}, ("a", "b"), id="no heredoc in quotes"),
        pytest.param("FROM a\nRUN <<E.1\n\tE.1\nFROM n\nE.1\nFROM b", {}, ("a", "b"), id="heredoc without a dash"),
        pytest.param("FROM a\nRUN cat <<EOF > /f\r\nFROM n\r\nEOF\r\nFROM b", {}, ("a", "b"), id="heredoc and CRLF"),
        pytest.param('FROM "debian:12"', {}, ("debian:12",), id="quoted"),
        pytest.param("ARG A B=debian\nFROM ${A:-${B:-x}}:12", {}, ("debian:12",), id="nested fallback"),
        pytest.param("ARG A B=debian\nFROM ${A:-${B:-x}}", {"A": "y"}, ("y",), id="nested fallback not needed"),
        pytest.param("ARG A=\nFROM x${A-y}${A:-z}", {}, ("xz",), id="empty is set"),
        pytest.param("ARG A='$B' B=x\nFROM a$A", {}, ("a$B",), id="single quotes"),
        pytest.param('ARG V=12 T="debian:${V}-slim"\nFROM $T', {}, ("debian:12-slim",), id="double quotes"),
        pytest.param("ARG A\nFROM x${A+:y}", {"A": ""}, ("x:y",), id="where set, and empty"),
        pytest.param("FROM a AS build-amd64\nFROM build-${TARGETARCH}", {}, ("a",), id="stage of the platform"),
        pytest.param("FROM $TARGETARCH/a", {"TARGETARCH": "arm64"}, ("arm64/a",), id="platform by argument"),
        pytest.param("ARG TARGETARCH=x\nFROM $TARGETARCH/a", {}, ("x/a",), id="platform by default"),
        pytest.param("ARG TARGETARCH\nFROM $TARGETARCH/a", {}, ("amd64/a",), id="platform declared"),
        pytest.param("FROM a${TARGETVARIANT:+-$TARGETVARIANT}", {}, ("a",), id="no variant"),
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
        pytest.param("FROM --platform=$BUILDPLATFORM a", "$BUILDPLATFORM", id="platform of the builder"),
        pytest.param("ARG P=$TARGETPLATFORM\nFROM --platform=$P a", "$TARGETPLATFORM", id="platform in a default"),
        pytest.param("FROM a AS x-amd64\nFROM x-${TARGETARCH}", "$TARGETARCH", id="architecture in a name"),
        pytest.param("FROM a\nARG TARGETARCH\nRUN x", "ARG TARGETARCH", id="architecture in a stage"),
        pytest.param("FROM a\nARG X TARGETOS", "ARG TARGETOS", id="the second of a line"),
        pytest.param("FROM a\nARG TARGETARCH=arm", "", id="architecture with a default"),
        pytest.param("ARG TARGETARCH=arm\nFROM a\nARG TARGETARCH", "", id="architecture with a default above"),
        pytest.param("ARG P=linux/amd64\nFROM --platform=$P a", "", id="platform of one's own"),
        pytest.param("FROM a\nRUN echo $TARGETARCH", "", id="a variable of the shell"),
        pytest.param("FROM a\nADD --checksum=sha256:0 x y", "ADD --checksum", id="checksum"),
        pytest.param("FROM a\nRUN python3 <<EOF\nEOF", "RUN <<", id="heredoc"),
    ],
)
def test_who_builds(text: str, why: str) -> None:
    assert read(text).buildkit == why


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("FROM ${BASE}", "'FROM ${BASE}': it names no image", id="no value"),
        pytest.param("FROM", "names no image", id="nothing"),
        pytest.param("ARG B='x\nFROM $B", "the closing quote is missing", id="open quote"),
        pytest.param("FROM ${BASE", "} is missing", id="open brace"),
        pytest.param("FROM ${}", "${ is not followed by a name", id="no name"),
        pytest.param("ARG A=x\nFROM ${A#y}", "${A#...} cannot be evaluated here", id="newer operator"),
        pytest.param("FROM ${A:?which one}", "A has no value: which one", id="needed"),
    ],
)
def test_errors_name_file_and_line(text: str, said: str) -> None:
    with pytest.raises(Failure) as failure:
        read(text)
    assert said in str(failure.value)
    assert "images/web/Dockerfile" in str(failure.value)
