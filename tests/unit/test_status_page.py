# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the status page may do, as far as its source tells; `make status-page` looks at it in a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "roles/consul/files/status.html").read_text(encoding="utf-8")
POLICY = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', PAGE)[0]
# What makes markup or code of text, or leaves a trace of a token beyond the window.
FORBIDDEN = (
    *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "createContextualFragment"),
    *("eval(", "new Function", "setAttribute(", "localStorage", "document.cookie", "srcdoc", "javascript:"),
)


def directives() -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in POLICY.split(";"))


@pytest.mark.parametrize(("element", "directive"), [("script", "script-src"), ("style", "style-src")])
def test_the_policy_allows_this_page_by_its_digest(element: str, directive: str) -> None:
    (inline,) = re.findall(rf"<{element}>(.*?)</{element}>", PAGE, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    assert directives()[directive] == f"'sha256-{digest}'", "write this digest into the policy of status.html"


def test_the_policy_allows_nothing_else() -> None:
    rest = {name: value for name, value in directives().items() if name not in ("script-src", "style-src")}
    assert rest == {
        "default-src": "'none'",
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_nothing_comes_from_elsewhere() -> None:
    addresses = set(re.findall(r"https?://[\w.:/-]+", PAGE.partition("<html")[2]))
    assert addresses == {"http://127.0.0.1:8500/v1/agent/service/"}  # in a command that people copy
    assert re.findall(r"<(?:link|script|img|iframe)[^>]* (?:src|href)=\"([^\"]*)", PAGE) == ["data:,"]


@pytest.mark.parametrize("word", FORBIDDEN)
def test_text_becomes_neither_markup_nor_code(word: str) -> None:
    lines = [line for line in PAGE.splitlines() if word in line]
    # Names of attributes that the page itself sets.
    assert [line for line in lines if not re.search(r'setAttribute\("(tabindex|aria-label)", ', line)] == []


def test_consul_finds_no_template_in_it() -> None:
    assert "{{" not in PAGE


def test_there_is_one_place_for_what_a_file_has_of_the_fleet() -> None:
    assert PAGE.count('<script type="application/json" id="embedded">{"prefix": "longshore"}</script>') == 1
