# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS as the tools of the host have it: which authorities are trusted, and which certificate of a client is shown."""

from __future__ import annotations

import os
import re
import ssl
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, innermost

try:
    import urllib3
    from requests.adapters import HTTPAdapter
except ImportError:
    # clients.consul reports the missing library; without it nothing below is called.
    HTTPAdapter = object  # type: ignore[assignment,misc]

# VERIFY_X509_PARTIAL_CHAIN, which Python 3.9 does not name: what is trusted may be an authority below another one.
PARTIAL_CHAIN = 0x80000
UNTRUSTED = re.compile(r"certificate verify failed|CERTIFICATE_VERIFY_FAILED", re.IGNORECASE)
HINT = (
    "; add its CA to the CA store of this host, name it (ca_file), or skip the check (verify: false, tls_skip_verify)"
)
# How a server takes its leave of a client whose certificate it does not want: by an alert; with TLS 1.3 only after the
# handshake, so that the client may find nothing but a connection that was closed.
REFUSED = re.compile(r"alert|certificate required|EOF occurred|reset by peer|closed connection|broken pipe", re.I)
NONE_IS_SHOWN = (
    "; where the server wants a client's certificate, check it by a command or by TCP, as none is shown here"
)


@dataclass(frozen=True)
class Trust:
    """Whom a client of TLS trusts, and what it shows of itself.

    Without ``ca_file`` and ``ca_path`` it trusts the system's CA store, which SSL_CERT_FILE and SSL_CERT_DIR replace.
    """

    ca_file: str = ""
    ca_path: str = ""
    verify: bool = True
    server_name: str = ""
    client_cert: str = ""
    client_key: str = ""

    def context(self, names: t.Mapping[str, str] | None = None) -> ssl.SSLContext:
        """Return the settings of a connection; a file that cannot be used is a ``Failure`` that names it.

        ``names``: what an option is called in messages, where that is not its name.
        """
        called = {**{name: name for name in ("ca_file", "ca_path", "client_cert", "client_key")}, **(names or {})}
        context = ssl.create_default_context() if self._trusts_the_system else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # As OpenSSL's tools and Go have it: a CA of one's own often lacks what the strict mode of Python 3.13 wants.
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        context.verify_flags |= PARTIAL_CHAIN
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            self._load_authorities(context, called)
        self._load_own(context, called)
        return context

    @property
    def _trusts_the_system(self) -> bool:
        return self.verify and not self.ca_file and not self.ca_path

    def _load_authorities(self, context: ssl.SSLContext, called: t.Mapping[str, str]) -> None:
        if self.ca_file:
            _load_file(context, self.ca_file, called["ca_file"])
        elif self.ca_path:
            for path in _files_in(self.ca_path, called["ca_path"]):
                _load_file(context, path, called["ca_path"])

    def _load_own(self, context: ssl.SSLContext, called: t.Mapping[str, str]) -> None:
        if self.client_key and not self.client_cert:
            raise Failure(f"{called['client_key']}: a key is of no use without {called['client_cert']}; give both")
        if not self.client_cert:
            return
        _refuse_unreadable(self.client_cert, called["client_cert"])
        if self.client_key:
            _refuse_unreadable(self.client_key, called["client_key"])
        key, name = (self.client_key, "client_key") if self.client_key else (self.client_cert, "client_cert")

        def refuse_encrypted() -> str:
            raise Failure(f"{called[name]}: the key in {key} is encrypted; give one without a passphrase")

        try:
            context.load_cert_chain(self.client_cert, self.client_key or None, refuse_encrypted)
        except ssl.SSLError as error:
            raise Failure(
                f"{called['client_cert']}: {self.client_cert} and the key in {key} are not a certificate and its key in"
                f" PEM form ({error.reason or error})"
            ) from error


class TlsAdapter(HTTPAdapter):
    """The adapter of requests that leaves all of TLS to a context; its own list of authorities is not the system's."""

    def __init__(self, context: ssl.SSLContext, server_name: str = "") -> None:
        self._tls: dict[str, t.Any] = {"ssl_context": context}
        if server_name:
            self._tls["server_hostname"] = server_name
        if context.verify_mode == ssl.CERT_NONE:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # it was asked for
        super().__init__()

    def init_poolmanager(self, *arguments: t.Any, **options: t.Any) -> None:
        """Make the pools of connections with this context."""
        super().init_poolmanager(*arguments, **{**options, **self._tls})

    def cert_verify(self, conn: t.Any, url: str, verify: t.Any, cert: t.Any) -> None:
        """Add nothing to the context."""


def why(error: BaseException, url: str) -> str:
    """Return what a library says of a request that failed; of certificates, what to do too."""
    said = innermost(error)
    if UNTRUSTED.search(said):
        return f"{said}{HINT}"
    return f"{said}{NONE_IS_SHOWN}" if url.startswith("https:") and REFUSED.search(said) else said


def _load_file(context: ssl.SSLContext, path: str, name: str) -> None:
    _refuse_unreadable(path, name)
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise Failure(f"{name}: {path} has no certificate in PEM form ({error.reason or error})") from error


def _refuse_unreadable(path: str, name: str) -> None:
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise Failure(f"{name}: {path} cannot be read on this host ({error.strerror})") from error


def _files_in(path: str, name: str) -> list[str]:
    try:
        found = sorted(entry.path for entry in os.scandir(path) if entry.is_file())
    except OSError as error:
        raise Failure(f"{name}: {path} cannot be read on this host ({error.strerror})") from error
    if not found:
        raise Failure(f"{name}: there is no file in {path}")
    return found
