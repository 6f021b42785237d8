# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: secrets
short_description: The secrets of this play's service that can be rendered
version_added: 1.0.0
description:
  - Renders C(service_secrets) value by value. A value that uses an undefined variable, or that can't be decrypted,
    is left out instead of failing the task.
  - What was left out is told by P(longshore.fleet.rendered#lookup), by its name and beside all other problems of
    the service file. So M(longshore.fleet.launch) never starts a container with only some of the secrets, as long
    as it gets O(longshore.fleet.launch#module:wanted) from there.
author:
  - Longshore contributors (@longshore)
options:
  _terms:
    description: None; what is rendered is the variable C(service_secrets).
    type: list
    elements: str
    default: []
seealso:
  - plugin: longshore.fleet.rendered
    plugin_type: lookup
  - plugin: longshore.fleet.fingerprints
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Launch what the service file says
  longshore.fleet.launch:
    name: web
    image:
      reference: "{{ image.reference }}"
      content: "{{ image.content }}"
    wanted: "{{ lookup('longshore.fleet.rendered', discovered, instance='web') }}"
    secrets: "{{ lookup('longshore.fleet.secrets') }}"
"""

RETURN = r"""
_raw:
  description: One mapping of names to values, which may be empty.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.longshore.fleet.plugins.plugin_utils._secret_rendering import rendered_secrets


class LookupModule(LookupBase):
    """Renders the secrets on the controller."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        if terms:
            raise AnsibleError("The lookup longshore.fleet.secrets takes no terms; it renders service_secrets.")
        values, _problems = rendered_secrets(self._templar, variables or {})
        return [values]
