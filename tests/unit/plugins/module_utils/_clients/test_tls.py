# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes, conditions and pages behind TLS, against real servers with certificates of a private authority."""

from __future__ import annotations

import http.server
import re
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.probe import ask, page, probe
from ansible_collections.longshore.fleet.plugins.module_utils._clients.tls import Trust
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from tests.certificates import Pair, authority, pem_of, serving


class Redirecting(http.server.BaseHTTPRequestHandler):
    """Leads to what its path names."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.path.lstrip("/"))
        self.end_headers()

    def log_message(self, *_arguments: t.Any) -> None:
        pass


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return authority(tmp_path_factory.mktemp("other"), "other")


@pytest.fixture(scope="module")
def here(ca: Pair) -> t.Iterator[str]:
    """Return the URL of a server with a certificate for this host."""
    with serving(ca.issue("here", "localhost", "127.0.0.1")) as port:
        yield f"https://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def elsewhere(ca: Pair) -> t.Iterator[str]:
    """Return the URL of one whose certificate is for another name."""
    with serving(ca.issue("web.test", "web.test")) as port:
        yield f"https://127.0.0.1:{port}/"


@pytest.fixture
def trusted(ca: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the authority into the system's CA store."""
    monkeypatch.setenv("SSL_CERT_FILE", ca.cert_file)


@pytest.mark.usefixtures("trusted")
def test_what_the_system_trusts_is_trusted(here: str) -> None:
    assert probe({"http": here}, 5)[0] == "passing"
    assert ask("GET", here, {}, None, 5).status == 200
    assert page(here, 5).status == 200


def test_what_only_a_folder_of_the_system_has_is_trusted(
    here: str, ca: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL finds a certificate in SSL_CERT_DIR by the hash of its subject."""
    digest = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", ca.cert_file], check=True, capture_output=True, text=True
    )
    (tmp_path / f"{digest.stdout.strip()}.0").write_bytes(Path(ca.cert_file).read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert probe({"http": here}, 5)[0] == "passing"


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_what_nothing_trusts_is_told_with_the_remedy(
    here: str, ca: Pair, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables of requests and curl are not the agent's, whose check would fail as well."""
    monkeypatch.setenv(variable, ca.cert_file)
    status, output = probe({"http": here}, 5)
    assert status == "critical"
    assert re.search("certificate verify failed: unable to get local issuer.*CA store of this host", output)
    assert re.search("certificate verify failed.*ca_file", ask("GET", here, {}, None, 5).text)


@pytest.mark.parametrize(
    ("trust", "passes"),
    [
        pytest.param({}, False, id="the system's"),
        pytest.param({"ca_file": "ca"}, True, id="a file"),
        pytest.param({"ca_path": "ca"}, True, id="a folder of files by any name"),
        pytest.param({"ca_file": "other"}, False, id="a file with another authority"),
        pytest.param({"verify": False}, True, id="none is wanted"),
    ],
)
def test_what_conditions_and_pages_trust(
    here: str, ca: Pair, other: Pair, tmp_path: Path, trust: dict[str, t.Any], passes: bool
) -> None:
    (tmp_path / "first.pem").write_bytes(Path(ca.cert_file).read_bytes())
    files = {"ca": ca.cert_file, "other": other.cert_file}
    given = Trust(**{**trust, **{k: files[v] for k, v in trust.items() if k == "ca_file"}})
    given = Trust(ca_path=str(tmp_path)) if "ca_path" in trust else given
    assert bool(page(here, 5, given).status) is passes
    assert bool(ask("GET", here, {}, None, 5, given).status) is passes


def test_the_certificate_of_one_server_may_be_trusted_alone(ca: Pair) -> None:
    """As Go and OpenSSL's tools have it."""
    alone = ca.issue("alone", "127.0.0.1")
    with serving(alone) as port:
        assert page(f"https://127.0.0.1:{port}/", 5, Trust(ca_file=alone.cert_file)).status == 200


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("options", "expected", "said"),
    [
        pytest.param({}, "critical", "IP address mismatch", id="the wrong name"),
        pytest.param({"tls_server_name": "web.test"}, "passing", "HTTP 200", id="the right one is named"),
        pytest.param({"tls_server_name": "api.test"}, "critical", "Hostname mismatch|api.test", id="a wrong one is"),
        pytest.param({"tls_skip_verify": True}, "passing", "HTTP 200", id="nothing is verified"),
        pytest.param(
            {"tls_skip_verify": True, "tls_server_name": "api.test"}, "passing", "HTTP 200", id="a name, unverified"
        ),
    ],
)
def test_name_in_the_certificate(elsewhere: str, options: dict[str, t.Any], expected: str, said: str) -> None:
    status, output = probe({"http": elsewhere, **options}, 5)
    assert (status, bool(re.search(said, output))) == (expected, True), output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "cannot be read on this host (No such file or directory)", id="missing"),
        pytest.param(b"", "has no certificate in PEM form", id="empty"),
        pytest.param(b"hello\n", "has no certificate in PEM form", id="another file"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "in PEM form", id="damaged"),
    ],
)
def test_ca_file_that_cannot_be_used_is_named(here: str, tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "company.pem"
    if content is not None:
        file.write_bytes(content)
    answer = page(here, 5, Trust(ca_file=str(file)))
    assert answer.status == 0
    assert answer.text.startswith(f"ca_file: {file} ")
    assert said in answer.text


def test_ca_file_may_have_comments_in_any_language(here: str, ca: Pair, tmp_path: Path) -> None:
    file = tmp_path / "company.pem"
    file.write_bytes("# Zürich\n".encode() + Path(ca.cert_file).read_bytes())
    assert page(here, 5, Trust(ca_file=str(file))).status == 200


@pytest.mark.usefixtures("trusted")
def test_redirects_are_followed_to_tls_and_back(here: str, ca: Pair) -> None:
    with serving(ca.issue("again", "127.0.0.1"), handler=Redirecting) as port:
        assert probe({"http": f"https://127.0.0.1:{port}/{here}"}, 5)[0] == "passing"
        assert probe({"http": f"https://127.0.0.1:{port}/file:///etc/passwd"}, 5)[0] == "critical"
        status, output = probe({"http": f"https://127.0.0.1:{port}/x"}, 5)
        assert (status, "10 redirects" in output) == ("critical", True), output


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        pytest.param("", "own.key", "client_key: a key is of no use without client_cert", id="a key alone"),
        pytest.param("gone.crt", "own.key", "client_cert: {}/gone.crt cannot be read on this host", id="no file"),
        pytest.param("own.crt", "gone.key", "client_key: {}/gone.key cannot be read on this host", id="no key file"),
        pytest.param("own.crt", "ca.key", "client_cert: {}/own.crt and the key in {}/ca.key are not", id="another key"),
        pytest.param("own.crt", "", "client_cert: {}/own.crt and the key in {}/own.crt are not", id="no key in it"),
        pytest.param("own.crt", "locked.key", "client_key: the key in {}/locked.key is encrypted", id="encrypted"),
    ],
)
def test_client_certificate_that_cannot_be_used_is_named(ca: Pair, cert: str, key: str, said: str) -> None:
    own = ca.issue("own", "client.test")
    (ca.folder / "locked.key").write_bytes(pem_of(own.key, b"secret"))
    paths = [f"{ca.folder}/{name}" if name else "" for name in (cert, key)]
    with pytest.raises(Failure, match=f"^{re.escape(said.replace('{}', str(ca.folder)))}"):
        Trust(client_cert=paths[0], client_key=paths[1]).context()


@pytest.mark.parametrize("newest", [True, False], ids=["TLS 1.3", "TLS 1.2"])
def test_server_that_wants_a_certificate_is_told_as_that(ca: Pair, newest: bool) -> None:
    with serving(ca.issue("strict", "127.0.0.1"), wants=ca, newest=newest) as port:
        status, output = probe({"http": f"https://127.0.0.1:{port}/", "tls_skip_verify": True}, 5)
    assert (status, "check it by a command or by TCP" in output) == ("critical", True), output
