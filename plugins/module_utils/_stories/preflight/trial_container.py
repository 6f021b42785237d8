# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's own judgement of a new container: it is made, never started, and removed at once."""

from __future__ import annotations

import contextlib
import os
import secrets as random
import time
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Refusal
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import ONE_OFF
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.limits import discarded_limits
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import one_off_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.refusals import refusal
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, one_offs

# Seconds after which such a container is left by a preflight that was killed.
ABANDONED = 300
# Stands for sources of mounts that are made only later; the engine looks whether a source is there.
SOMETHING = "/dev/null"

Options = dict[str, t.Any]


def refused_by_engine(host: Host, wanted: InstanceSpec) -> list[str]:
    """Return what the engine says against the container, by the option's name, and the limits that it would drop."""
    try:
        with trial(host, wanted, _as_launched(wanted)) as container:
            answer = host.docker.inspect(container)
    except Refusal as refused:
        return [refusal(refused.answer)]
    except Failure as failure:
        return [str(failure)]
    return discarded_limits(wanted.container.options, answer["HostConfig"]) if answer else []


@contextlib.contextmanager
def trial(host: Host, wanted: InstanceSpec, options: Options) -> t.Iterator[str]:
    """Make a container of the wanted image that is never started; neither it nor a volume made for it stays."""
    instance = wanted.container.name
    _remove_abandoned(host, instance)
    # Its own name, as several people may look at once; its own label, so that nobody takes it for the instance's.
    name = one_off_of(instance, f"preflight-{random.token_hex(4)}")
    labels = {**(options.get("labels") or {}), ONE_OFF: instance}
    arguments = create_arguments({**options, "labels": labels}, host.docker.api_version)
    volumes = host.docker.volumes()
    try:
        container = host.docker.create(**{**arguments, "image": wanted.container.reference, "name": name})
        yield container
    finally:
        answer = host.docker.inspect(name)
        host.docker.remove(name)
        for mount in answer["Mounts"] if answer else ():
            if mount.get("Type") == "volume" and mount["Name"] not in volumes:
                host.docker.remove_volume(mount["Name"])


def _remove_abandoned(host: Host, instance: str) -> None:
    for summary in one_offs(host, instance):
        is_trial = (summary["Names"] or ["/"])[0].lstrip("/").startswith(one_off_of(instance, "preflight"))
        if is_trial and time.time() - summary["Created"] > ABANDONED:
            host.docker.remove(summary["Id"])


def _as_launched(wanted: InstanceSpec) -> Options:
    """Return the options of the later launch, without values of secrets, with a source for what is made later."""
    options, values = wanted.container.options, wanted.secrets
    mounts = [*(options.get("mounts") or ()), *secrets.mounts(values, "")]
    there = [mount if _is_there(mount) else {**mount, "source": SOMETHING} for mount in mounts]
    environment = {**(options.get("environment") or {}), **dict.fromkeys(secrets.environment(values), "")}
    return {**options, "mounts": there, "environment": environment}


def _is_there(mount: Options) -> bool:
    return mount.get("type") != "bind" or os.path.exists(str(mount.get("source")))
