# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release: the record of what runs."""

from __future__ import annotations

import base64
import hashlib
import json
import typing as t
from dataclasses import asdict, dataclass, field, replace

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable, shell_word

# Records that are kept of a service.
KEPT = 20
# Bytes that a record may have: Consul takes 512 KB in one transaction, in which values are in Base64.
MAX_VALUE = 360 * 1024
ROLLING, DONE, ROLLED_BACK = "rolling", "done", "rolled back"
# The types of a record's fields; a record that somebody wrote by hand may hold anything.
TEXT, MAPPING, LIST = (str,), (dict,), (list,)
SHAPE: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("id", "service", "content", "service_file", "who", "where", "started", "commit"), TEXT),
    **dict.fromkeys(("previous", "back_to", "promoted_from", "removed"), TEXT),
    **dict.fromkeys(("state", "session", "ended", "signature"), TEXT),
    **dict.fromkeys(("image", "rendered", "hosts"), MAPPING),
    **dict.fromkeys(("config", "set_aside"), LIST),
    "code": (dict, type(None)),
}
REQUIRED = ("id", "service", "content", "image", "service_file", "config", "who", "where", "started")


@dataclass(frozen=True)
class Release:
    """``config``: the entries of the KV that it was rendered with, as [key, value in Base64, flags].

    ``state``: rolling, done, failed, held, rolled back. ``hosts``: host -> its node, action, result and seconds.
    ``signature``: of the controller that ended the rollout (plugin_utils/signing.py); empty before that.
    """

    id: str
    service: str
    content: str
    image: dict[str, t.Any]
    service_file: str
    config: list[list[t.Any]]
    who: str
    where: str
    started: str
    commit: str = ""
    code: dict[str, t.Any] | None = None
    previous: str = ""  # what was current when it first began; of a rollback, what was before the release it repeats
    back_to: str = ""  # the release that a rollback repeats
    promoted_from: str = ""  # the release of another fleet whose image and code these are, and where that fleet is
    removed: str = ""  # of the newest, when and by whom the service was removed; empty where it was not
    state: str = ROLLING
    session: str = ""
    ended: str = ""
    rendered: dict[str, str] = field(default_factory=dict)  # host -> what tells one rendering from another
    hosts: dict[str, dict[str, t.Any]] = field(default_factory=dict)
    set_aside: list[str] = field(default_factory=list)
    signature: str = ""
    index: int = field(default=0, compare=False)  # Consul's CreateIndex: the order of records, whatever clocks say

    @classmethod
    def from_entry(cls, entry: dict[str, t.Any]) -> Release:
        """Return the record of an entry of Consul's KV, without what another version of Longshore has added.

        What is no record of that key is a ``Failure`` that names the key.
        """
        key = entry["Key"]
        try:
            data = parsed(base64.b64decode(entry["Value"] or ""))
        except ValueError as error:
            raise _unreadable(key, f"it is not JSON text: {error}") from error
        service, _releases, identity = key.split("/")[-3:]
        problem = _shape_problem(data, service, identity)
        if problem:
            raise _unreadable(key, problem)
        return cls(**{name: data[name] for name in SHAPE if name in data}, index=entry["CreateIndex"])

    @property
    def config_digest(self) -> str:
        """Return what tells the configuration of this release from any other."""
        return hashlib.sha256(json.dumps(sorted(self.config)).encode()).hexdigest()

    def to_value(self) -> bytes:
        """Return the value as it stands in the KV; ``Failure`` where Consul would not take it."""
        data = asdict(self)
        del data["index"]
        value = json.dumps(data, sort_keys=True).encode()
        if len(value) > MAX_VALUE:
            raise Failure(
                f"The record of the release of {self.service} takes {len(value)} bytes, and Consul takes {MAX_VALUE}."
                f" {self._largest_part}"
            )
        return value

    @property
    def _largest_part(self) -> str:
        """Return what takes most of the record, and how to make it smaller."""
        if len(self.service_file) > len(json.dumps(self.config)):
            return "Its service file is most of it: keep large texts elsewhere, such as in the image."
        return "Its configuration is most of it: keep large values elsewhere, or name fewer prefixes in service_config."

    def to_result(self) -> dict[str, t.Any]:
        """Return the record as modules do: with a digest in the place of the configuration, which may be long."""
        data = asdict(self)
        del data["index"], data["config"]
        return {**data, "config_digest": self.config_digest}

    def get_trees(self, paths: t.Sequence[str]) -> list[list[dict[str, t.Any]]]:
        """Return the entries of the KV below each path, as Consul's own answer has them, and as they were then."""
        entries = [{"Key": key, "Value": value, "Flags": flags, "ModifyIndex": 0} for key, value, flags in self.config]
        return [[entry for entry in entries if entry["Key"].startswith(path)] for path in paths]

    def is_same(self, other: Release) -> bool:
        """Return whether a rollout of the other would go on with this one; hosts may have come or gone.

        What was removed is not gone on with: a deploy then is a release of its own.
        """
        common = self.rendered.keys() & other.rendered.keys()
        alike = all(self.rendered[host] == other.rendered[host] for host in common)
        return not self.removed and alike and (self.content, self.back_to) == (other.content, other.back_to)

    def interrupted(self, holder: str) -> bool:
        """Return whether it is rolling by its state, but not by the lock; ``holder``: the session that has the lock."""
        return self.state == ROLLING and self.session != holder

    def continued(self, **changes: t.Any) -> Release:
        """Return the same release with a newer state."""
        return replace(self, **changes)


def parsed(value: bytes) -> t.Any:
    """Return the data of a JSON text; ``ValueError`` for all that is not one, however somebody has spoilt it."""
    try:
        data = json.loads(value)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    json.dumps(data, ensure_ascii=False).encode()  # half of a surrogate pair is not text, and cannot be shown or stored
    return data


def _shape_problem(data: t.Any, service: str, identity: str) -> str:
    """Return why data is not a release record of that service and ID; empty where it is one."""
    if not isinstance(data, dict):
        return f"expected a mapping, got {type(data).__name__}"
    missing = [name for name in REQUIRED if name not in data]
    if missing:
        return f"{', '.join(missing)} is missing"
    wrong = [name for name, types in SHAPE.items() if name in data and not isinstance(data[name], types)]
    if wrong:
        return f"{', '.join(wrong)} has the wrong type"
    if data["id"] != identity:
        return f"its id is {data['id']!r}, which belongs to another key"
    if data["service"] != service:
        return f"it is a record of the service {data['service']!r}"
    for name in ("image", "code"):
        if data.get(name) is not None and not _is_artefact(data[name]):
            return f"{name} is not a mapping of texts with the key content"
    if not all(_is_config_entry(entry) for entry in data["config"]):
        return "config is not a list of [key, value in Base64, flags]"
    if not all(_is_result(host) for host in data.get("hosts", {}).values()):
        return "hosts is not a mapping of hosts to their results"
    texts = {"set_aside": data.get("set_aside", []), "rendered": [*data.get("rendered", {}).values()]}
    wrong = [name for name, values in texts.items() if not all(isinstance(value, str) for value in values)]
    return f"{', '.join(wrong)} has entries that are not texts" if wrong else ""


def _is_artefact(value: dict[str, t.Any]) -> bool:
    """Tell whether it is an image or code; an image may have those of the sidecars, by their names."""
    sidecars = value.get("sidecars") or {}
    texts = [text for name, text in value.items() if name != "sidecars"]
    own = isinstance(value.get("content"), str) and all(text is None or isinstance(text, str) for text in texts)
    there = list(sidecars.values()) if isinstance(sidecars, dict) else [sidecars]
    return own and all(isinstance(one, dict) and _is_artefact(one) for one in there)


def _is_result(host: t.Any) -> bool:
    """Tell whether it is what became of a host; what is read of that are texts."""
    return isinstance(host, dict) and all(isinstance(host.get(name, ""), str) for name in ("node", "result"))


def _is_config_entry(entry: t.Any) -> bool:
    return isinstance(entry, list) and [type(part) for part in entry] == [str, str, int]


def _unreadable(key: str, problem: str) -> Failure:
    return Failure(
        f"Consul KV: {printable(key)} is not a valid release record: {problem}. Remove that key (consul kv delete"
        f" {shell_word(key)}), then run again."
    )


def content_of(image: dict[str, t.Any], code: t.Any, config: list[list[t.Any]]) -> str:
    """Return what tells, beside the rendered service file, one release from another: images, code, configuration."""
    sidecars = {name: one["content"] for name, one in (image.get("sidecars") or {}).items()}
    parts = [image["content"], (code or {}).get("content", ""), sorted(config), *([sidecars] if sidecars else [])]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def new_id(now: str, *parts: t.Any) -> str:
    """Return an ID that tells people when, and one release from another; ``now`` in ISO 8601.

    ``parts``: all that makes a release another one, such as its content and its service file.
    """
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return f"{now.replace('-', '').replace(':', '')}-{digest[:6]}"


def ordered(releases: t.Iterable[Release]) -> list[Release]:
    """Return the newest first."""
    return sorted(releases, key=lambda release: release.index, reverse=True)


def kept_images(releases: t.Sequence[Release], keep: int, always: t.Collection[str]) -> list[str]:
    """Return references of the images of ``keep`` releases, each once: the newest finished ones (newest first given).

    ``always``: IDs of releases that are among them, however they ended.
    """
    known = {release.id: release for release in reversed(releases)}
    first = [known[identity] for identity in always if identity in known]
    done = [release for release in releases if release.state == DONE and release.id not in always]
    kept = [*first, *done][: max(keep, len(first))]
    images = [image for release in kept for image in (release.image, *(release.image.get("sidecars") or {}).values())]
    return list(dict.fromkeys(image["reference"] for image in images if image.get("reference")))


def superfluous(releases: t.Sequence[Release], current: str) -> list[Release]:
    """Return records, newest first, beyond what is kept; never the current one."""
    return [release for release in releases[KEPT:] if release.id != current]


def target_of(releases: t.Sequence[Release], current: str, wanted: str) -> Release:
    """Return the release that a rollback goes to: ``wanted``, else the one before what was released last.

    Of a rollout that was held, stopped or killed that is the current release; else the one before the current one.
    """
    by_id = {release.id: release for release in releases}
    listed = printable(", ".join(by_id)) or "none"
    under_way = bool(releases) and releases[0].id != current and releases[0].state not in (DONE, ROLLED_BACK)
    if not wanted and under_way and current in by_id:
        # What came after the current one did not come to its end.
        return by_id[current]
    if wanted:
        if wanted not in by_id:
            raise Failure(f"There is no release {wanted}. There are: {listed}. history.yml shows them.")
        return by_id[wanted]
    now = by_id.get(current)
    if now is None or now.previous not in by_id:
        why = f"{_nothing_before(now, releases)} Say where to: -e release=ID, which history.yml shows."
        raise Failure(f"{why} There are: {listed}")
    return by_id[now.previous]


def _nothing_before(now: Release | None, releases: t.Sequence[Release]) -> str:
    """Return why there is no release to go back to."""
    if now is None:
        removed = f": it was removed {printable(releases[0].removed)}" if releases and releases[0].removed else ""
        return f"No release is current{removed}."
    if now.back_to:
        back = printable(f"{now.id}, is a rollback to {now.back_to}")
        return f"The current release, {back}, before which none is recorded."
    return f"Before the current release, {printable(now.id)}, none is recorded."
