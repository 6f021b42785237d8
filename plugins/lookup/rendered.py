# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: rendered
short_description: The service file of this play's service, rendered for one host
version_added: 1.0.0
description:
  - Renders the C(service_*) variables leaf by leaf, with what M(longshore.fleet.service_info) found for the host.
  - The container's options are rendered a second time with ten fixed stand-ins for the peers and without a first
    boot. That is what
    M(longshore.fleet.launch) compares, so that a peer that comes or goes replaces no container.
  - Where an entry of C(service_peers) says C(planned), its peers are completed by the rollout's other hosts.
  - Every leaf that can't be rendered is listed in C(problems), with its path in the service file, instead of
    failing at the first. What the configuration lacks of C(service_config_schema) stands there too.
  - The values of C(service_secrets) are not returned; P(longshore.fleet.secrets#lookup) has them. Those that can't be
    rendered are listed in C(problems) by their names, and never with a value.
author:
  - Longshore contributors (@longshore)
options:
  _terms:
    description: The result of M(longshore.fleet.service_info) for this host.
    required: true
  instance:
    description: The instance's name.
    type: str
    required: true
  skip_before:
    description: Whether C(service_gate.before) is left out, as C(-e skip_before=true) asks for one run.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Launch what the service file says
  longshore.fleet.launch:
    name: web
    image:
      reference: "{{ image.reference }}"
      content: "{{ image.content }}"
    wanted: "{{ lookup('longshore.fleet.rendered', discovered, instance='web') }}"
"""

RETURN = r"""
_raw:
  description: The option C(wanted) of M(longshore.fleet.launch); with problems, nothing but them.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.longshore.fleet.plugins.module_utils._instance import CODE, ONCE
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import stand_in
from ansible_collections.longshore.fleet.plugins.plugin_utils._planned import goes_back, nodes_of, peers_with_planned
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Rendering
from ansible_collections.longshore.fleet.plugins.plugin_utils._secret_rendering import rendered_secrets

DISCOVERED = ("config", "peers", "peer_parts", "node", "first_boot")


class LookupModule(LookupBase):
    """Renders what a service file leaves to each host."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        variables = variables or {}
        if len(terms) != 1 or not all(key in terms[0] for key in DISCOVERED):
            raise AnsibleError(
                "The lookup longshore.fleet.rendered wants one term: a result of longshore.fleet.service_info."
            )
        discovered = terms[0]
        queries = self._templar.template(variables.get("service_peers", {}))
        found = {key: discovered[key] for key in DISCOVERED}
        found["peers"], found["peer_parts"] = peers_with_planned(discovered, queries, nodes_of(variables))
        peers, peer_parts = stand_in(found["peers"])
        alike = {**found, "peers": peers, "peer_parts": peer_parts, "first_boot": False}
        instance = {"instance": self.get_option("instance")}
        real = Rendering(self._templar, {**variables, **found, **instance}, discovered["config_prefixes"])
        compared = Rendering(self._templar, {**variables, **alike, **instance}, discovered["config_prefixes"])
        rollout = real.render("service_rollout") or {}
        wanted = {
            "container": real.render("service_container"),
            "container_without_peers": compared.render("service_container"),
            "directories": real.render("service_directories"),
            "registrations": real.render("service_registrations"),
            "gate": self._gate(real),
            "drain": rollout.get("drain"),
            "code": self._code(real),
            "files": real.render("service_files") or None,
            "reload": real.render("service_reload") or None,
            "leader": (rollout.get("order") or {}).get("leader"),
            "first_boot": found["first_boot"] or None,
            "once": None if goes_back(variables) else self._once(real) or None,
        }
        if wanted["container"] != wanted["container_without_peers"]:
            # What of it belongs to a start without others.
            wanted["empty_peers"] = [name for name, there in found["peers"].items() if not there] or None
        _values, wrong_secrets = rendered_secrets(self._templar, variables)
        problems = [*discovered.get("config_problems", ()), *real.problems, *compared.problems, *wrong_secrets]
        if problems:
            return [{"problems": list(dict.fromkeys(problems))}]
        return [{key: value for key, value in wanted.items() if value is not None}]

    def _gate(self, real: Rendering) -> t.Any:
        """Return the gate, without what is not asked in this run."""
        gate = real.render("service_gate")
        if self.get_option("skip_before") and isinstance(gate, dict):
            return {key: value for key, value in gate.items() if key != "before"}
        return gate

    @staticmethod
    def _once(real: Rendering) -> list[dict[str, t.Any]]:
        """Return what a preflight must know of ``service_once``."""
        return [{key: task[key] for key in ONCE if key in task} for task in real.render("service_once") or ()]

    @staticmethod
    def _code(real: Rendering) -> dict[str, t.Any] | None:
        """Return what a host must know of ``service_code``; the rest of it is the controller's."""
        code = real.render("service_code") or {}
        return {key: value for key, value in code.items() if key in CODE} if code else None
