# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of Consul's KV store: how a typed value becomes bytes, and bytes a typed value.

A value is JSON where it can be read as JSON (numbers, ``true``, ``null``, lists, quoted strings), else a string as it
is. A tag in the flags of its key says otherwise: text is text whatever it looks like, binary is no text at all.
"""

from __future__ import annotations

import base64
import binascii
import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Consul's own limit for one value, in bytes.
MAX_VALUE = 512 * 1024

# Consul leaves a key's 64 bits of flags to its clients; ours begin with "ls". Other flags are somebody else's.
TAGS = {"text": 0x6C73_0001, "binary": 0x6C73_0002}
TYPES = {flags: name for name, flags in TAGS.items()}


def value_of(raw: bytes, flags: int) -> t.Any:
    """Return the typed value; bytes where it is binary, or no UTF-8 text."""
    kind = TYPES.get(flags)
    if kind is None:
        return decoded(raw)
    try:
        return raw if kind == "binary" else raw.decode()
    except UnicodeDecodeError:
        return raw


def shown(value: t.Any) -> t.Any:
    """Return a value for the diff."""
    return f"({len(value)} bytes that are not text)" if isinstance(value, bytes) else value


def readable(value: t.Any) -> t.Any:
    """Return a value as results and templates can carry it: bytes in Base64."""
    return in_base64(value) if isinstance(value, bytes) else value


def in_base64(raw: bytes) -> str:
    """Return bytes as JSON, YAML and templates can carry them."""
    return base64.b64encode(raw).decode()


def stored(value: t.Any, where: str, kind: str | None = None) -> bytes:
    """Return the value as the KV has it, or raise ``Failure``. ``kind``: of ``TAGS``, None where it needs no tag."""
    raw = {"text": _text, "binary": _bytes, None: _json}[kind](value, where)
    if len(raw) > MAX_VALUE:
        raise Failure(
            f"{where}: {len(raw)} bytes; Consul's KV takes at most {MAX_VALUE} for one value. Split it, or keep it in a"
            " file of the image."
        )
    return raw


def decoded(raw: bytes) -> t.Any:
    """Return the typed value; bytes where they are no text."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_exact)
    except (ValueError, RecursionError):
        return text


def encoded(value: t.Any) -> bytes:
    """Return the one way in which a value is stored, so that :func:`decoded` gives it back.

    A string is stored as it is, unless it would be read as something else: then in JSON's quotes.
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, str) and decoded(value.encode()) == value:
        return value.encode()
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True).encode()


def _json(value: t.Any, where: str) -> bytes:
    try:
        return encoded(value)
    except (TypeError, ValueError) as error:
        raise Failure(f"{where}: {value!r} can't be stored as JSON ({error}); write it as text, in quotes") from error


def _text(value: t.Any, where: str) -> bytes:
    if not isinstance(value, str):
        raise Failure(f"{where}: {value!r} is to be stored as text; write it in quotes")
    return _utf8(value, where)


def _utf8(text: str, where: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Failure(f"{where}: {text!r} can't be stored as text ({error}); store it as binary, in Base64") from error


def _bytes(value: t.Any, where: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, binascii.Error, ValueError) as error:
        raise Failure(
            f"{where}: is to be stored as binary, and is not Base64 ({error}); use the filter b64encode"
        ) from error


def _exact(text: str) -> float | str:
    """Return a number; what a float would change, such as the version 1.10 or the commit 1234e56, stays a string."""
    value = float(text)
    return value if repr(value) == text else text


def _refuse_constant(name: str) -> t.NoReturn:
    """Refuse NaN and Infinity, which only Python's JSON knows: they are texts to us."""
    raise ValueError(name)
