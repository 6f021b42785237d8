#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: promotion
short_description: Find out on the controller which release of a service another fleet has come to its end with
version_added: 1.0.0
description:
  - Runs C(history.yml) with the inventory that the variable C(from) of this run names, so that the other fleet's own
    variables, hosts and Consul agents answer. Refuses a release that is not done there, and one whose record has no
    valid signature of that fleet, unless the variable C(trust_release) names it.
  - Takes the service of M(longshore.fleet.service_file), shows what is taken over, and keeps it for
    M(longshore.fleet.artefact).
  - This module works on the controller and has an action plugin. The playbook C(longshore.fleet.promote) calls it.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
attributes:
  check_mode:
    support: full
    details: Reads only, in check mode too.
  diff_mode:
    support: none
  idempotent:
    support: full
"""

EXAMPLES = r"""
# ansible-playbook longshore.fleet.promote -e service=web -e from=../staging/hosts.yml
- name: Find what the other fleet runs
  longshore.fleet.promotion:
  run_once: true
  delegate_to: localhost
  delegate_facts: true
"""

RETURN = r"""
ansible_facts:
  description: The fact C(longshore_service), with the image and the code to take over.
  type: dict
  returned: success
"""
