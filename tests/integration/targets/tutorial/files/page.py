"""Run the commands of a page in one shell, and compare what they show with what the page shows.

page.py PAGE FOLDER SUBSTITUTES: a JSON list of [of the page, here]. Ends with 1 where something differs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+)\n(.*)", re.DOTALL)
MARK = "@@@"


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return [text for found, text in BLOCK.findall(page) if found == language]


def commands(page: str) -> list[tuple[str, list[str]]]:
    """Return each command with the lines that the page shows of its output."""
    found: list[tuple[str, list[str]]] = []
    for line in "".join(blocks(page, "console")).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def files(page: str) -> dict[str, str]:
    """Path -> text of the files that the page shows with their path in the first line."""
    return dict(FILE.fullmatch(text).groups() for text in blocks(page, "dockerfile"))  # type: ignore[union-attr]


def plain(line: str) -> str:
    """Return a line without what differs from run to run: digits, digests and the width of columns."""
    return re.sub(r"\d+", "N", re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{6,}\b", "X", re.sub(r" +", " ", line.strip())))


def script(page: str, substitutes: list[tuple[str, str]]) -> str:
    """Return the page as a script of bash that marks where each command begins, and keeps the status of the last."""
    lines = []
    for command, _shown in commands(page):
        for of_page, here in substitutes:
            command = command.replace(of_page, here)
        lines += [f"status=$?; echo; echo {MARK}; (exit $status)", command]
    return "\n".join(lines)


def main() -> int:
    """Run the page, and tell what is not as it says."""
    page, folder, substitutes = (
        Path(sys.argv[1]).read_text(encoding="utf-8"),
        Path(sys.argv[2]),
        json.loads(sys.argv[3]),
    )
    for path, text in files(page).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        for of_page, here in substitutes:
            text = text.replace(of_page, here)
        (folder / path).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["bash"], input=script(page, substitutes), cwd=folder, check=False, text=True, stdout=-1, stderr=-2
    )
    outputs = done.stdout.split(f"\n{MARK}\n")[1:]
    print(done.stdout)
    missing = 0
    for (command, shown), output in zip(commands(page), outputs, strict=True):
        told = [plain(line) for line in output.splitlines()]
        for line in shown:
            if not any(one.startswith(plain(line)) for one in told):
                missing += 1
                print(f"NOT SHOWN by {command}: {line}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
