# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: fingerprints
short_description: Of secrets, what a host needs to tell whether they have changed
version_added: 1.0.0
description:
  - Turns each value into a digest without a key. A host makes of it the digest by its own key, which its containers'
    labels have.
  - A short value can be guessed from it, so that it is still secret.
author:
  - Longshore contributors (@longshore)
positional: _input
options:
  _input:
    description: The secrets, such as C(service_secrets). What is neither a text, a number nor a boolean is left out.
    type: dict
    required: true
seealso:
  - module: longshore.fleet.service_info
"""

EXAMPLES = r"""
- name: Look at an instance in passing
  longshore.fleet.service_info:
    survey: web
    secret_fingerprints: "{{ service_secrets | longshore.fleet.fingerprints }}"
"""

RETURN = r"""
_value:
  description: For each name the SHA-256 of its value, in hexadecimal digits.
  type: dict
"""

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.secrets import fingerprints


class FilterModule:
    """The filter, by its name."""

    def filters(self) -> dict[str, t.Callable[[dict[str, t.Any]], dict[str, str]]]:
        return {"fingerprints": fingerprints}
