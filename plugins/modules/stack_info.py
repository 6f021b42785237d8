#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_info
short_description: Gather what several services of a host need to know, in one call
version_added: 1.0.0
description:
  - Does for each service what M(longshore.fleet.service_info) does for one. What is wrong with one of them is in its
    own result, and no failure.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
attributes:
  check_mode:
    support: full
    details: Reads only, in check mode too.
  diff_mode:
    support: N/A
    details: Never changes anything.
  idempotent:
    support: full
options:
  services:
    description:
      - "For each service, by its name, the options of M(longshore.fleet.service_info), those of the connections too,
        for example V({web: {name: web, config: [common, web]}})."
      - M(longshore.fleet.stack_host) sends them in one piece, so that Ansible masks all of them in the host's journal.
    type: raw
    required: true
seealso:
  - module: longshore.fleet.service_info
"""

EXAMPLES = r"""
- name: What two services need to know before they start
  longshore.fleet.stack_info:
    services:
      web: {name: web, config: [common, web]}
      redis: {name: redis, config: [redis]}
  register: stack
"""

RETURN = r"""
services:
  description: For each service the result of M(longshore.fleet.service_info), or C(msg) where it failed.
  type: dict
  returned: success
  sample: {web: {config: {heap: 256m}}, redis: {msg: The agent cannot be reached}}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, dns, docker
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._gathering import GATHERING
from ansible_collections.longshore.fleet.plugins.module_utils._hiding import unpack
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.gather import Clients, gather


def story(services: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what was gathered for each service, and all warnings."""
    clients = Clients()
    results = {name: gathered(options, clients) for name, options in services.items()}
    warnings = [warning for result in results.values() for warning in result.pop("warnings", ())]
    return {"services": results, "warnings": list(dict.fromkeys(warnings))}


def gathered(options: dict[str, t.Any], clients: Clients) -> dict[str, t.Any]:
    """Return what was gathered for one service, or why nothing was."""
    validated = ArgumentSpecValidator(**GATHERING).validate(options)
    if validated.error_messages:
        return {"msg": "\n".join(validated.error_messages)}
    try:
        return gather(validated.validated_parameters, clients)
    except Failure as failure:
        return {"msg": str(failure)}


def main() -> None:
    module = AnsibleModule(
        argument_spec={"services": {"type": "raw", "required": True, "no_log": True}}, supports_check_mode=True
    )
    require(module, {**consul.LIBRARIES, **dns.LIBRARIES, **docker.LIBRARIES})
    run(module, lambda: story(unpack(module.params["services"])))


if __name__ == "__main__":
    main()
