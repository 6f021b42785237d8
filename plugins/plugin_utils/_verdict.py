# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a rollout stands after each batch and at its end, from what every host has returned."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field, replace

from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Fact
from ansible_collections.longshore.fleet.plugins.plugin_utils._order import share_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result, is_wrong, message_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import Rollout
from ansible_collections.longshore.fleet.plugins.plugin_utils._view import steps

# What the role's tasks register on every host.
DISCOVERED, LAUNCHED, WATCHED = "__service_discovered", "__service_launched", "__service_watched"
# Tasks for the whole rollout; where one of them failed nothing more may happen.
BEGUN, PAUSED, ONCE = "__service_begun", "__service_paused", "__service_once"

# How the summary says it.
ENDED = {
    "done": "came to its end, but not on every host",
    "held": "is held after the first batch",
    "rolling": "stopped",
    "failed": "stopped",
    "rolled back": "stopped, and the hosts that had changed are back on the release before",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one host, or of one instance of a host that has several: ``host`` is its row then.

    ``result``: done, failed, unreachable, not reached, or gone back (to the release before). ``seconds``: of each step.
    """

    host: str
    node: str
    action: str
    result: str
    seconds: dict[str, float]
    message: str
    instance: str = ""

    @classmethod
    def from_results(cls, host: str, action: str, results: Result, release: str, instance: str = "") -> Outcome:
        """``results``: what the host's tasks registered, by name; ``release``: the ID that is rolled out.

        ``instance``: its name where its host has several.
        """
        launched, discovered = results.get(LAUNCHED) or {}, results.get(DISCOVERED) or {}
        wrong = next((r for r in (discovered, launched, results.get(WATCHED) or {}) if is_wrong(r)), None)
        if launched.get("release", release) != release and not is_wrong(launched):
            result, wrong = "gone back", results.get(WATCHED) if is_wrong(results.get(WATCHED) or {}) else None
        elif wrong is not None:
            result = "unreachable" if wrong.get("unreachable") else "failed"
        else:
            # As long as the preflight's result stands there, the launch has not begun.
            begun = launched and "problems" not in launched and not launched.get("skipped")
            result = "done" if begun else "not reached"
        return cls(
            host=host,
            node=str((discovered.get("node") or {}).get("name") or host),
            action=action,
            result=result,
            seconds=launched.get("seconds", {}) if result in ("done", "gone back") else {},
            message=message_of(wrong) if wrong else "",
            instance=instance,
        )

    def line(self) -> str:
        """For the summary."""
        return ", ".join(filter(None, [f"{self.host}: {self.action}: {self.result}", steps(self.seconds)]))

    def to_record(self) -> Result:
        """For the release record: without the log lines, which may be long, and tell what is nobody else's business."""
        record = asdict(self)
        del record["host"]
        if not self.instance:
            del record["instance"]
        return {**record, "message": self.message.partition("\n")[0]}


@dataclass(frozen=True)
class Verdict(Fact):
    """``state``: rolling, done, held, failed, rolled back. ``message``: why it failed; empty where it did not.

    ``returning``: hosts that are to go back, and ``previous_file`` the service file that they go back to; ``watched``:
    those that are watched until ``watch_until``; ``speaker``: the host that speaks to Consul; ``end``: the option of
    the module release. ``is_over``: whether no batch follows; ``pauses``: whether one does after a pause.
    """

    NAME = "longshore_verdict"

    state: str = "rolling"
    outcomes: tuple[Outcome, ...] = ()
    returning: t.Sequence[str] = ()
    message: str = ""
    watched: t.Sequence[str] = ()
    watch_until: float = 0
    previous_file: str = ""
    speaker: str = "localhost"
    end: Result = field(default_factory=dict)
    is_over: bool = False
    pauses: bool = False

    @classmethod
    def from_facts(cls, facts: Result) -> Verdict:
        kept = super().from_facts(facts)
        return replace(kept, outcomes=tuple(Outcome(**t.cast(Result, outcome)) for outcome in kept.outcomes))


def judge(rollout: Rollout, settings: Result, hosts: dict[str, Result], returned: t.Collection[str] = ()) -> Verdict:
    """Judge how a rollout stands. ``settings``: ``service_rollout``; ``hosts``: row -> all that it registered.

    ``returned``: the hosts that a verdict before has sent back to the release before.
    """
    begun: Result = next((r[BEGUN] for r in hosts.values() if r.get(BEGUN)), {})
    previous = begun.get("previous") or {}
    sent_back = [row for row in hosts if rollout.host_of(row) in returned]
    outcomes = tuple(
        Outcome.from_results(
            row,
            rollout.actions.get(row, Action.NONE.value),
            hosts[row],
            begun.get("id", ""),
            rollout.instances.get(row, ["", ""])[1],
        )
        for row in dict.fromkeys([*rollout.rows, *sent_back])
    )
    stopped = [r[name] for r in hosts.values() for name in (PAUSED, ONCE) if is_wrong(r.get(name) or {})]
    state = _state(outcomes, settings, bool(stopped), len(rollout.set_aside), begun, rollout.going)
    returning: tuple[str, ...] = ()
    if returned:
        back = {outcome.host for outcome in outcomes if outcome.result == "gone back"}
        state = "rolled back" if back >= set(sent_back) else "failed"
    elif state == "failed" and settings.get("on_failure") == "rollback" and previous:
        returning = _returning(rollout, hosts, begun)
    message = "" if state == "held" else _message(outcomes, stopped, settings, begun, rollout.going)
    return Verdict(state, outcomes, returning, message)


def without_details(message: str) -> str:
    """Return a message without its indented lines, such as those of a log, which the task that failed has shown."""
    return "\n".join(line for line in message.splitlines() if not line.startswith("  "))


def speaker_of(verdict: Verdict, rollout: Rollout) -> str:
    """Return the host that speaks to Consul for the rollout: one that is well, or at least could be reached.

    Of a row that is its host.
    """
    ranks = ("done", "gone back", "not reached", "failed")
    well = sorted((o for o in verdict.outcomes if o.result in ranks), key=lambda o: ranks.index(o.result))
    rows = [*(outcome.host for outcome in well), *rollout.resting]
    return next((rollout.host_of(row) for row in rows), rollout.speaker)


def launched_hosts(rollout: Rollout, verdict: Verdict) -> list[str]:
    """Return the hosts of what was launched and is there."""
    rows = [o.host for o in verdict.outcomes if o.result == "done" and o.host not in rollout.going]
    return list(dict.fromkeys(map(rollout.host_of, rows)))


def _returning(rollout: Rollout, hosts: dict[str, Result], begun: Result) -> tuple[str, ...]:
    """Return the hosts that have been brought to the release, in this rollout or in an earlier part of it."""
    now = [row for row in rollout.rows if _runs(hosts[row].get(LAUNCHED) or {}, begun["id"])]
    goes_on = bool(begun.get("went_on_from")) and begun["id"] != (begun.get("previous") or {}).get("id")
    rows = [*now, *(rollout.resting if goes_on else ())]
    return tuple(dict.fromkeys(rollout.host_of(row) for row in rows))


def _state(
    outcomes: t.Sequence[Outcome],
    settings: Result,
    stopped: bool,
    set_aside: int,
    begun: Result,
    going: t.Collection[str],
) -> str:
    results = [outcome.result for outcome in outcomes]
    hosts = len(outcomes) + set_aside
    failures, unreachable = results.count("failed"), results.count("unreachable") + set_aside
    too_many = failures > share_of(settings["max_failures"], hosts)
    too_far = results.count("unreachable") > 0 and unreachable > share_of(settings["max_unreachable"], hosts)
    if stopped or too_many or too_far or _kept(outcomes, going):
        return "failed"
    if "not reached" not in results:
        return "done"
    begun_now = results.count("not reached") < len(results)
    if settings.get("confirm") and begun_now and begun.get("went_on_from") != "held":
        return "held"
    return "rolling"


def _kept(outcomes: t.Iterable[Outcome], going: t.Collection[str]) -> list[str]:
    """Return the rows that are not removed, as not all others have passed; empty as long as others are to come."""
    results = {outcome.host: outcome.result for outcome in outcomes}
    failed = any(result in ("failed", "unreachable") for result in results.values())
    left = [row for row, result in results.items() if result == "not reached"]
    return left if failed and all(row in going for row in left) else []


def _runs(launched: Result, release: str) -> bool:
    """Return whether a host has been brought to the release."""
    return not is_wrong(launched) and launched.get("release") == release and "problems" not in launched


def _message(
    outcomes: t.Collection[Outcome], stopped: list[Result], settings: Result, begun: Result, going: t.Collection[str]
) -> str:
    lines = [f"{outcome.host}: {outcome.message}" for outcome in outcomes if outcome.message]
    lines += list(dict.fromkeys(message_of(result) for result in stopped))
    kept = _kept(outcomes, going)
    lines += [f"{', '.join(kept)}: not removed, as not all others have passed"] if kept else []
    if lines and settings.get("on_failure") == "rollback" and begun.get("unsigned"):
        lines.append(
            f"on_failure: rollback did not go back, as the record of {printable(begun['unsigned'])} has no valid"
            " signature of the fleet key: anybody who may write to Consul's KV may have written it. Deploy what you"
            " want to run."
        )
    elif lines and settings.get("on_failure") == "rollback" and not begun.get("previous"):
        lines.append("on_failure: rollback had nowhere to go: no rollout of this service has come to its end before.")
    return "\n".join(lines)
