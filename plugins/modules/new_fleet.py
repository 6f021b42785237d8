#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: new_fleet
short_description: Write the folder of a new fleet
version_added: 1.0.0
description:
  - Writes an inventory, a configuration of Ansible, a service file, a file for Consul's KV, jobs for two CI systems and
    the script C(fleet) into a folder; those files that are not there yet. What is there is never changed.
  - Takes the variables C(fleet), C(hosts) and C(folder) as they are given as extra variables (C(-e)) or as C(vars) of
    the play, checks them, and renders no template in them.
  - C(fleet) is the name of the fleet, such as V(shop).
  - C(hosts) is a list of hosts as SSH reaches them, such as
    V(root@10.0.0.1,admin@web.example.com:2222,root@[2001:db8::1]). The address behind a name is looked up on the
    controller, for Consul. It may be left out where the folder has an inventory.
  - C(folder) is where it goes; unless given, a folder with the name of the fleet below the current one. A folder that
    is not empty and was not made by this module is refused.
  - This module works on the controller and has an action plugin. The playbook C(longshore.fleet.init) calls it.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
"""

EXAMPLES = r"""
# ansible-playbook longshore.fleet.init -e fleet=shop -e hosts=root@10.0.0.1,root@10.0.0.2
- name: Write the files that are not there
  longshore.fleet.new_fleet:
"""

RETURN = r"""
folder:
  description: Path of the folder.
  type: str
  returned: success
  sample: /home/me/shop
written:
  description: The files that were written, or would be in check mode, by their paths in the folder.
  type: list
  elements: str
  returned: success
"""
