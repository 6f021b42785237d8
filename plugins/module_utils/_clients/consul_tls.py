# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an agent is asked by TLS: the options of ``consul_tls``, else the environment, as Consul's own CLI reads it."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.tls import REFUSED, UNTRUSTED, Trust
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL_TLS
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Options that count together -> where the environment has them. An option that is given wins over all of its group.
ENVIRONMENT = (
    {"ca_file": "CONSUL_CACERT", "ca_path": "CONSUL_CAPATH"},
    {"client_cert": "CONSUL_CLIENT_CERT", "client_key": "CONSUL_CLIENT_KEY"},
    {"server_name": "CONSUL_TLS_SERVER_NAME"},
)
USES_TLS, VERIFIES = "CONSUL_HTTP_SSL", "CONSUL_HTTP_SSL_VERIFY"
# As Go reads truth values.
TRUE, FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")

NAME = re.compile(r"mismatch|doesn't match", re.IGNORECASE)
NO_TLS = re.compile(r"WRONG_VERSION_NUMBER|wrong version number", re.IGNORECASE)


class ConsulTls:
    """What TLS with an agent takes, and what is to be done where it fails."""

    def __init__(self, options: t.Mapping[str, t.Any] | None) -> None:
        given = {name: value for name, value in (options or {}).items() if value not in (None, "")}
        found: dict[str, t.Any] = {}
        self._names: dict[str, str] = {}
        for group in ENVIRONMENT:
            is_given = not given.keys().isdisjoint(group)
            for name, variable in group.items():
                found[name] = str(given.get(name, "") if is_given else os.environ.get(variable, ""))
                self._names[name] = f"consul_tls.{name}" if is_given or not found[name] else variable
        verify = given.get("verify")
        _refuse_wrong(given)
        self.trust = Trust(**found, verify=_is_true(VERIFIES, True) if verify is None else verify)

    def context(self) -> t.Any:
        """Return the settings of a connection; a file that cannot be used is a ``Failure`` that names it."""
        return self.trust.context(self._names)

    def advice(self, said: str) -> str:
        """Return what to do where a request by TLS failed with these words."""
        if UNTRUSTED.search(said) and NAME.search(said):
            return (
                "Its certificate is not for this name: correct consul_url, or give a name that is in it as"
                " consul_tls.server_name (CONSUL_TLS_SERVER_NAME)."
            )
        if UNTRUSTED.search(said):
            where = self._names["ca_file"]
            return f"{where}, the CA to trust, is not its CA." if self.trust.ca_file else AUTHORITY
        if NO_TLS.search(said):
            return "It speaks no TLS there: write consul_url with http://, or correct its port."
        if not REFUSED.search(said):
            return "Start it, or correct consul_url."
        if not self.trust.client_cert:
            return CERTIFICATE
        return (
            f"Perhaps it does not accept the client certificate {self.trust.client_cert}"
            f" ({self._names['client_cert']}): it must be valid, and of a CA that the agent trusts."
        )


AUTHORITY = (
    "Its certificate is not trusted: give its CA as consul_tls.ca_file (CONSUL_CACERT), or add it to the CA store of"
    " this host."
)
CERTIFICATE = (
    "Perhaps it wants a client certificate: give consul_tls.client_cert and consul_tls.client_key (CONSUL_CLIENT_CERT,"
    " CONSUL_CLIENT_KEY)."
)


def _refuse_wrong(given: t.Mapping[str, t.Any]) -> None:
    """Refuse what a module's own argument spec refuses: a lookup has none for keys of an option."""
    unknown = sorted(given.keys() - CONSUL_TLS.keys())
    if unknown:
        raise Failure(f"consul_tls.{unknown[0]}: there is no such key; there are {', '.join(CONSUL_TLS)}")
    if not isinstance(given.get("verify", True), bool):
        raise Failure(f"consul_tls.verify: {given['verify']!r} is not a truth value; write true or false")


def uses_tls() -> bool:
    """Tell whether the environment asks for TLS where no URL says anything."""
    return _is_true(USES_TLS, False)


def _is_true(variable: str, default: bool) -> bool:
    value = os.environ.get(variable, "")
    if value and value not in (*TRUE, *FALSE):
        raise Failure(f"{variable}: {value!r} is not a truth value; write true or false")
    return value in TRUE if value else default
