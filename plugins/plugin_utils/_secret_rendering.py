# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering ``service_secrets``: a value that can't be rendered is told by its name, and no value in the message."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleError
from ansible.parsing.vault import EncryptedString

from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import (
    DEFINE,
    UNDECRYPTABLE,
    Rendering,
    Templar,
    explained,
    names_in,
)

SECRETS = "service_secrets"
# What Ansible says of a name that is not there; the name may be a value, as in d[password].
UNDEFINED = re.compile(r"'(\w+)' is undefined|object of type '\w+' has no attribute '(\w+)'")
# Of an error in a plugin, what can't be a value: what follows may be one, such as a path that is not there.
PLUGIN = re.compile(r"The (lookup|filter|test) plugin '[\w.]+' failed")
HIDDEN = "the reason may hold a secret and is not shown; the module ansible.builtin.debug shows it"


class SecretRendering(Rendering):
    """A rendering whose problems quote of Ansible's messages only what stands in the templates."""

    def _reasons(self, raw: str | EncryptedString, error: AnsibleError) -> list[str]:
        said, known = str(error), names_in(raw, self._variables) if isinstance(raw, str) else set()
        if explained(error) == UNDECRYPTABLE:
            return [UNDECRYPTABLE]
        undefined, plugin = UNDEFINED.fullmatch(said), PLUGIN.match(said)
        if undefined and (undefined[1] or undefined[2]) in known:
            return [f"{said}; {DEFINE}"]
        return [f"{plugin[0]}; {HIDDEN}" if plugin else f"cannot be rendered; {HIDDEN}"]


def rendered_secrets(templar: Templar, variables: dict[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
    """Return the secrets that can be rendered, by name, and a problem for each that can't."""
    if not variables.get(SECRETS):
        return {}, []
    rendering = SecretRendering(templar, variables, ())
    values = rendering.render(SECRETS)
    if values is None or isinstance(values, dict):
        return values or {}, rendering.problems
    kind = "a list" if isinstance(values, list) else "a single value"
    return {}, [f"{SECRETS}: expected a mapping of names to values, got {kind}"]
