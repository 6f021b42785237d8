# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of authorities of one's own, and servers that show them."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import ipaddress
import ssl
import threading
import typing as t
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, in memory and as PEM files."""

    name: str
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    folder: Path

    @property
    def cert_file(self) -> str:
        """The path of the certificate."""
        return str(self.folder / f"{self.name}.crt")

    @property
    def key_file(self) -> str:
        """The path of the key."""
        return str(self.folder / f"{self.name}.key")

    def issue(self, name: str, *hosts: str) -> Pair:
        """Return a certificate for these hosts, DNS names or addresses, by this authority."""
        return _make(self.folder, name, self, hosts)


def authority(folder: Path, name: str = "ca") -> Pair:
    """Return a new authority, without the extensions that a strict reader wants: many a company's has none."""
    return _make(folder, name, None, ())


def _make(folder: Path, name: str, issuer: Pair | None, hosts: t.Sequence[str]) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=False)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(h) for h in hosts]), critical=False)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    made = Pair(name, certificate, key, folder)
    Path(made.cert_file).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    Path(made.key_file).write_bytes(pem_of(key))
    return made


def pem_of(key: ec.EllipticCurvePrivateKey, passphrase: bytes = b"") -> bytes:
    """Return a key as PEM, encrypted where there is a passphrase."""
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Json(http.server.BaseHTTPRequestHandler):
    """Answers everything with an empty list in JSON."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_arguments: t.Any) -> None:
        """Say nothing."""


class _Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, *_arguments: t.Any) -> None:
        """Say nothing of clients that go away, which is what is tested."""


@contextlib.contextmanager
def serving(
    shown: Pair,
    wants: Pair | None = None,
    handler: type[http.server.BaseHTTPRequestHandler] = Json,
    newest: bool = True,
) -> t.Iterator[int]:
    """Serve by TLS on 127.0.0.1, with clients' certificates of an authority where it is given; yields the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.cert_file, shown.key_file)
    if wants:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(wants.cert_file)
    if not newest:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    with _Quiet(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_port
        server.shutdown()
