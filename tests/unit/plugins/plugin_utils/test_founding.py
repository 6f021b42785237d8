# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a cluster is founded, refused, or started together: from what the preflight of all hosts has found."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._founding import Beginning, looks_for_itself
from tests.unit.builders import trusted

HOSTS = ("n1", "n2", "n3")
FOUNDED = {"node": "n2", "when": "2026-01-31T12:00:00Z", "release": "r-1"}
PEERS = {"service_peers": {"all": {"service": "db"}}}
BY_TEMPLATE = {"service_container": {"command": ["{{ first_boot | ternary('--found', omit) }}"]}}
BY_VARIABLE = {"service_container": {"command": "{{ arguments }}"}, "arguments": "serve {{ first_boot }}"}
THERE: dict[str, t.Any] = {
    "first_boot": False,
    "no_instances": False,
    "founded": {},
    "survey": {"current": {"id": "1"}},
}
# As Consul has it: one of a host of this run, whose plan says otherwise, and one of a host that it leaves out.
HERE = {**THERE, "node": {"name": "n1"}, "passing_nodes": ["n1"]}
ELSEWHERE = {**HERE, "passing_nodes": ["n1", "n7"]}
NEVER = {"first_boot": True, "no_instances": True, "founded": {}, "survey": {"current": None, "previous": None}}
GONE = {**NEVER, "first_boot": False, "founded": FOUNDED}
STOPPED = {**GONE, "survey": {"current": None, "previous": {"id": "1"}}}


def beginning(
    found: dict[str, t.Any], variables: dict[str, t.Any], passing: t.Sequence[str] = (), key: str = "batches"
) -> Beginning:
    discovered = dict.fromkeys(HOSTS, found)
    chosen = variables.get("found")
    if chosen in discovered and found["no_instances"]:
        discovered = {host: {**found, "first_boot": host == chosen} for host in HOSTS}
    plans = {host: {"action": "create", "passing": host in passing} for host in HOSTS}
    made = Beginning.of(Service(name="db", rollout={"cold_start": key}), variables, variables, discovered, plans)
    made.refuse_unasked(discovered)
    return made


@pytest.mark.parametrize(
    ("found", "variables", "passing", "key", "ahead", "together", "line"),
    [
        pytest.param(
            NEVER, PEERS, (), "batches", True, False, "A NEW CLUSTER IS FOUNDED: db on n1. The other", id="first boot"
        ),
        pytest.param(
            NEVER, BY_TEMPLATE, (), "batches", True, False, "A NEW CLUSTER IS FOUNDED: db on n1.", id="by a template"
        ),
        pytest.param(
            NEVER, BY_VARIABLE, (), "batches", True, False, "A NEW CLUSTER IS FOUNDED: db on n1.", id="by a variable"
        ),
        pytest.param(NEVER, {}, (), "batches", False, False, "", id="no cluster"),
        pytest.param(GONE, {}, (), "batches", False, False, "", id="no cluster, deployed before"),
        pytest.param(
            NEVER,
            PEERS,
            (),
            "together",
            False,
            True,
            "A NEW CLUSTER IS FOUNDED on n1, which alone sees first_boot: db starts on n1, n2, n3 together",
            id="first boot of members that need each other",
        ),
        pytest.param(
            GONE,
            {**PEERS, "found": "n2"},
            (),
            "batches",
            True,
            False,
            "A NEW CLUSTER IS FOUNDED: db",
            id="once more",
        ),
        pytest.param(
            GONE, {**PEERS, "cold_start": "true"}, (), "batches", False, True, "COLD START: db starts on n1", id="cold"
        ),
        pytest.param(
            THERE, {**PEERS, "cold_start": True}, (), "batches", False, True, "COLD START: db", id="all are down"
        ),
        pytest.param(THERE, PEERS, (), "together", False, True, "COLD START: db", id="all are down, by the key"),
        pytest.param(
            THERE, PEERS, (), "batches", False, False, "Nothing of db passes on these hosts.", id="all down, unasked"
        ),
        pytest.param(THERE, PEERS, ("n1",), "together", False, False, "", id="some pass"),
        pytest.param(ELSEWHERE, PEERS, (), "together", False, False, "", id="some pass that are left out"),
        pytest.param(ELSEWHERE, PEERS, (), "batches", False, False, "", id="some pass that are left out, in batches"),
        pytest.param(HERE, PEERS, (), "together", False, True, "COLD START: db", id="Consul does not know yet"),
        pytest.param(STOPPED, PEERS, (), "batches", False, False, "Nothing of db passes", id="containers are there"),
    ],
)
def test_how_it_begins(
    found: dict[str, t.Any],
    variables: dict[str, t.Any],
    passing: t.Sequence[str],
    key: str,
    ahead: bool,
    together: bool,
    line: str,
) -> None:
    made = beginning(found, variables, passing, key)
    assert (made.one_goes_ahead, made.together) == (ahead, together)
    lines = made.lines(HOSTS)
    assert [told.startswith(line) for told in lines] == ([True] if line else [])
    assert made.lines([]) == []


@pytest.mark.parametrize(
    ("found", "variables", "passing", "says"),
    [
        pytest.param(
            GONE, PEERS, (), r"THE CLUSTER db WAS FOUNDED BEFORE on n2 \(2026-01-31T12:00:00Z\)", id="founded before"
        ),
        pytest.param(GONE, BY_TEMPLATE, (), "-e found=HOST$", id="founded before, by a template"),
        pytest.param(GONE, {**PEERS, "cold_start": "no"}, (), "-e cold_start=true", id="a word that says no"),
        pytest.param(
            {**GONE, "founded": {**FOUNDED, "node": ""}},
            PEERS,
            (),
            r"FOUNDED BEFORE \(2026",
            id="nobody knows where",
        ),
        pytest.param(GONE, {**PEERS, "found": "n9"}, (), "there is no such host .* n1, n2, n3", id="another host"),
        pytest.param(THERE, {**PEERS, "found": "n1"}, (), "has a release or instances .* already", id="it is there"),
        pytest.param(
            GONE, {**PEERS, "found": "n1", "cold_start": True}, (), "Give either found=HOST", id="both at once"
        ),
        pytest.param(
            THERE, {**PEERS, "cold_start": True}, ("n1", "n3"), "cold_start=true: n1, n3 of db passes", id="some pass"
        ),
        pytest.param(
            ELSEWHERE, {**PEERS, "cold_start": True}, (), "cold_start=true: n7 of db passes", id="one elsewhere passes"
        ),
        pytest.param(THERE, {"cold_start": "perhaps"}, (), "'perhaps' is neither true nor false", id="no answer"),
    ],
)
def test_refused(found: dict[str, t.Any], variables: dict[str, t.Any], passing: t.Sequence[str], says: str) -> None:
    with pytest.raises(Failure, match=says):
        beginning(found, variables, passing)


def test_together_needs_a_fork_for_each_host() -> None:
    cold = beginning(THERE, {**PEERS, "cold_start": True})
    cold.refuse_too_few_forks(HOSTS, 3)
    with pytest.raises(Failure, match=r"start on 3 hosts together, and Ansible works on 2 at a time\. .* --forks 3"):
        cold.refuse_too_few_forks(HOSTS, 2)
    beginning(NEVER, PEERS).refuse_too_few_forks(HOSTS, 1)


@pytest.mark.parametrize(
    ("found", "variables", "key", "founder"),
    [
        pytest.param(NEVER, PEERS, "batches", "", id="the first to come sees a first boot, the others an instance"),
        pytest.param(NEVER, PEERS, "together", "n1", id="of those that start together, one"),
        pytest.param(NEVER, {**PEERS, "cold_start": True}, "batches", "n1", id="together for one run"),
        pytest.param(NEVER, {**PEERS, "found": "n2"}, "together", "n2", id="together, the chosen one"),
        pytest.param(GONE, {**PEERS, "found": "n3"}, "batches", "n3", id="founded once more"),
        pytest.param(GONE, {**PEERS, "cold_start": True}, "together", "", id="nobody, with the data that is there"),
        pytest.param(THERE, PEERS, "together", "", id="nobody, all are down"),
    ],
)
def test_who_founds(found: dict[str, t.Any], variables: dict[str, t.Any], key: str, founder: str) -> None:
    chosen = str(variables.get("found", "n1"))
    hosts = sorted(HOSTS, key=lambda host: host != chosen)
    assert beginning(found, variables, key=key).founder(hosts) == founder
    assert beginning(found, variables, key=key).founder([]) == str(variables.get("found", ""))


@pytest.mark.parametrize(
    ("variables", "itself"),
    [
        ({}, False),
        ({"service_peers": {}}, False),
        ({"service_peers": {"all": {"service": "db"}}}, True),
        ({"service_peers": {"cache": {"service": "redis", "min": 1}}}, False),
        ({"service_peers": {"cache": {"service": "redis"}, "all": {"service": "db"}}}, True),
        # By the name that it registers.
        (
            {"service_peers": {"all": {"service": "db-nodes"}}, "service_registrations": [{"name": "db-nodes"}]},
            True,
        ),
        # What is known only later may be itself.
        ({"service_peers": "{{ peers_of_all }}"}, True),
        ({"service_peers": {"all": "{{ others }}"}}, True),
        ({"service_peers": {"all": {"service": "{{ cluster }}"}}}, True),
    ],
)
def test_looks_for_itself(variables: dict[str, t.Any], itself: bool) -> None:
    assert looks_for_itself("db", trusted(variables)) == itself
