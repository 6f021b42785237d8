# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The logins for registries that Docker's configuration file names; a helper that fails is noted and ends nothing.

A helper may be for a registry that nobody asks, and a registry may want no login: who is refused says then what failed.
"""

from __future__ import annotations

import json
import subprocess
import typing as t
import warnings

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

try:
    from docker.auth import AuthConfig, load_config
    from docker.credentials import Store
    from docker.credentials.errors import StoreError, process_store_error
    from docker.credentials.utils import create_environment_dict
    from docker.errors import DockerException
    from docker.utils.config import find_config_file
except ImportError:
    # clients.docker reports the missing library; without it nothing below is called.
    AuthConfig = Store = object
    StoreError = DockerException = OSError

# What a helper that is missing, fails or answers strangely makes the SDK raise.
ERRORS = (DockerException, StoreError, OSError, ValueError, KeyError, TypeError, AttributeError)

# Seconds for one answer of a helper, which may ask a person for a passphrase.
PATIENCE = 60.0

Login = dict[str, t.Any]


class Helper(Store):  # type: ignore[misc]
    """One helper, with an end: the SDK would wait for one that never answers, such as for a keyring's window."""

    def _execute(self, subcmd: str, data_input: bytes | None) -> bytes:
        if self.exe is None:
            raise StoreError(f"{self.program} not installed or not available in PATH")
        try:
            return subprocess.run(
                [self.exe, subcmd],
                check=True,
                input=data_input,
                stdout=subprocess.PIPE,
                env=create_environment_dict(self.environment),
                timeout=PATIENCE,
            ).stdout
        except subprocess.TimeoutExpired as error:
            raise StoreError(f"it gave no answer within {PATIENCE:g} s and was ended") from error
        except subprocess.CalledProcessError as error:
            raise process_store_error(error, self.program) from error


class Credentials(AuthConfig):  # type: ignore[misc]
    """What the SDK asks for logins. ``troubles``: what went wrong, one sentence for each helper."""

    def __init__(self, configured: AuthConfig, file: str) -> None:
        super().__init__(dict(configured))
        self._file = file
        self.troubles: dict[str, str] = {}
        self._silent: set[str] = set()

    def resolve_authconfig(self, registry: str | None = None) -> Login | None:
        """Return the login for a registry, or None: then it is asked without."""
        helper = self.get_credential_store(registry)
        if helper is not None:
            found: Login | None = self._try(helper, lambda: super(Credentials, self).resolve_authconfig(registry))
            if found:
                return found
        in_the_file: Login | None = AuthConfig({"auths": self.auths}).resolve_authconfig(registry)
        return in_the_file

    def get_all_credentials(self) -> dict[str, Login]:
        """Return the logins that can be had; the classic builder gets all of them."""
        registries = {*self.auths, *self.cred_helpers}
        if self.creds_store:
            listed = self._try(self.creds_store, lambda: self._get_store_instance(self.creds_store).list())
            registries |= set(listed or ())
        found = {registry: self.resolve_authconfig(registry) for registry in sorted(registries)}
        return {registry: login for registry, login in found.items() if login}

    def _get_store_instance(self, name: str) -> Helper:
        if name not in self._stores:
            self._stores[name] = Helper(name, environment=self._credstore_env)
        return t.cast(Helper, self._stores[name])

    def _try(self, helper: str, ask: t.Callable[[], t.Any]) -> t.Any:
        """Ask a helper; None, and a note, where it fails. One that gave no answer is not waited for again."""
        if helper in self._silent:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the SDK warns of a missing helper on its own
                return ask()
        except ERRORS as error:  # pylint: disable=catching-non-exception
            if isinstance(_cause(error).__cause__, subprocess.TimeoutExpired):
                self._silent.add(helper)
            self.troubles[helper] = (
                f"docker-credential-{helper}, which {self._file} names, gives no login ({_reason(error)})"
            )
            return None


def _reason(error: BaseException) -> str:
    """Say what failed, and nothing of an answer, which may hold a password."""
    cause = _cause(error)
    if isinstance(cause, (StoreError, OSError)):
        return " ".join(str(cause).split()).rstrip(".")
    return f"its answer cannot be read: {type(cause).__name__}"


def _cause(error: BaseException) -> BaseException:
    """Return the helper's own error, which the SDK wraps into one of its own."""
    return error.__cause__ if isinstance(error.__cause__, StoreError) else error


def credentials() -> Credentials:
    """Read Docker's configuration file."""
    file = find_config_file()
    try:
        configured = load_config()
        if file:
            with open(file, encoding="utf-8") as text:
                general = json.load(text)
            if not isinstance(general, dict) or not isinstance(general.get("proxies", {}), dict):
                raise ValueError("it is not a JSON object as Docker writes it")
    except ERRORS as error:  # pylint: disable=catching-non-exception
        raise Failure(
            f"{file}, Docker's configuration, cannot be used ({type(error).__name__}: {error}). Correct or remove it."
        ) from error
    return Credentials(configured, str(file))
