# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command git, asked about one repository and nothing else in its environment; errors as ``Failure``."""

from __future__ import annotations

import os
import re
import subprocess
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Seconds; a first copy of a large repository takes its time.
TIMEOUT = 600
# How a repository is reached, by whom and over what. Everything else that begins with GIT_ may name another
# repository, index, work tree or setting than that of the folder: a hook of git sets GIT_DIR, for one.
REACHING = (
    "GIT_ALLOW_PROTOCOL",
    "GIT_ASKPASS",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_SSH",
    "GIT_SSL_",
)
# Settings in the environment, by which a machine that builds is often given its credentials.
SETTINGS = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_CONFIG_PARAMETERS")
OURS = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "LC_ALL": "C",
}
# What would run a program of the machine's, hide a change, or write our answers otherwise.
SETTINGS_OF_OURS = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "i18n.logOutputEncoding=UTF-8")
# What stands before the @ of a URL: a user, and often a password or a token.
USER_OF_URL = re.compile(r"(?<=https://)[^/@\s]+(?=@)|(?<=http://)[^/@\s]+(?=@)|(?<=://)([^/@\s:]+:[^/@\s]+)(?=@)")


class Git:
    """git in a folder; ``where`` is the repository as the user names it, for errors.

    ``git_dir`` is given for a repository of our own, which git then need not look for.
    """

    def __init__(self, where: str, folder: str, git_dir: str = "") -> None:
        self.where = USER_OF_URL.sub("***", where)
        self._named = where
        self.folder = folder
        self._place = {"GIT_DIR": git_dir} if git_dir else {}

    def __call__(
        self,
        *arguments: str,
        check: bool = True,
        given: t.IO[bytes] | int = subprocess.DEVNULL,
        output: t.IO[bytes] | int = subprocess.PIPE,
        environment: t.Mapping[str, str] | None = None,
    ) -> str:
        """Return what git says, without the line's end; a failure of it is ours, or '' without ``check``."""
        settings = [word for setting in SETTINGS_OF_OURS for word in ("-c", setting)]
        try:
            run = subprocess.run(
                ["git", *settings, "-C", self.folder, *arguments],
                check=False,
                stdin=given,
                stdout=output,
                stderr=subprocess.PIPE,
                env={**_inherited(), **OURS, **self._place, **(environment or {})},
                timeout=TIMEOUT,
            )
        except FileNotFoundError as error:
            raise Failure("repository: there is no command git on this machine. Install it.") from error
        except subprocess.TimeoutExpired as error:
            raise Failure(
                f"repository: git did not end within {TIMEOUT} s for {self.where}. Look at its host."
            ) from error
        if run.returncode and check:
            said = run.stderr.decode(errors="replace").strip().replace(self._named, self.where)
            command = next(word for word in arguments if not word.startswith("-") and "=" not in word)
            raise Failure(f"repository: {self.where} cannot be used (git {command}): {said}")
        return "" if run.returncode or run.stdout is None else run.stdout.decode(errors="surrogateescape").rstrip("\n")


def settings_of_the_environment() -> dict[str, str]:
    """Return the settings of git in the environment, for what asks another machine."""
    return {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}


def _inherited() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(REACHING)
    }
