#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Show what was gathered of the fleet, such as what runs and what was released
version_added: 1.0.0
description:
  - Puts together what M(longshore.fleet.instance_info) and M(longshore.fleet.release_info) found on the hosts of a
    play, registered as C(__service_instances) and C(__service_records), and shows it as a table.
  - This module works on the controller and has an action plugin.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  subject:
    description:
      - V(status) - for each instance what should run and what does.
      - V(history) - the releases, the newest first; of the one that C(-e release) names each key that it changed.
      - V(hosts) - what M(longshore.fleet.host_info) found each host to lack, registered as C(__docker_host).
      - V(service) - what the service file comes to on each host, registered as C(__service_shown).
      - V(addresses) - where the services are that have a file, and what to try next.
      - V(logs) - the lines that M(longshore.fleet.logs_info) found, registered as C(__service_logs), of all hosts in
        the order of their times. Fails where some could not be read.
      - V(exec) - how the command of M(longshore.fleet.exec), registered as C(__service_ran), ended on each host, and
        what it wrote; in check mode what would be run. Fails where it did not succeed.
      - V(prefixes) - shows nothing, and finds where the records of each service are in the KV store, by the service
        files; for the option O(longshore.fleet.release_info#module:prefixes). Keeps the variables of this run, as
        M(longshore.fleet.service_file) does.
    type: str
    choices: [status, history, hosts, prefixes, service, addresses, logs, exec]
    required: true
  file:
    description: A file on the controller to which the same goes as JSON.
    type: path
  page:
    description:
      - With O(subject=status), a file on the controller that becomes a page with the same in it, for example
        V(fleet.html), which asks nobody for anything more.
    type: path
"""

EXAMPLES = r"""
- name: Show what runs
  longshore.fleet.report:
    subject: status
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
rows:
  description: What the table shows.
  type: list
  elements: dict
  returned: with O(subject=status), O(subject=history), O(subject=hosts) and O(subject=exec)
ansible_facts:
  description: The fact C(longshore_prefixes), with the C(service_prefix) of each service that has a file, and the fact
    C(longshore_run), with the variables of this run.
  type: dict
  returned: with O(subject=prefixes)
"""
