# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A port of a host's loopback that leads to one of the controller, while a module runs there.

The module's own SSH process carries it, so it ends with the module, however that ends. Through the connection that
Ansible shares between its calls it would stay until somebody takes it back, which a run that is killed does not.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._ssh_registry import LOOPBACK, SshRegistry, lock_file

# Ansible's connection plugin.
Connection = t.Any
OPTION = "ssh_extra_args"
# What counts for ssh is the first value of an option: -S comes before what Ansible says of a shared connection.
ALONE = "-S none -o ExitOnForwardFailure=yes -o ClearAllForwardings=no"
REFUSED = "port forwarding failed"


@contextlib.contextmanager
def within_reach(registry: SshRegistry, connection: Connection) -> t.Iterator[None]:
    """Have the registry answer on the host, at the address by which references name it."""
    if getattr(connection, "_remote_is_local", False):
        with registry.pushed_to(check=False):
            yield
        return
    with registry.pulled_from() as port, forwarded(connection, registry.port, port):
        yield


@contextlib.contextmanager
def forwarded(connection: Connection, port: int, to: int) -> t.Iterator[None]:
    """Have what is run on the host meanwhile find the controller's port ``to`` at its own ``port``.

    One at a time: who deploys another service to the same host from here waits until this one has pulled.
    """
    if connection.transport != "ssh":
        raise Failure(
            f"service_registry: ssh needs a connection by OpenSSH, and this host's is {connection.transport}; set"
            " ansible_connection to ssh, or service_registry to a registry that the hosts reach"
        )
    before = connection.get_option(OPTION)
    host = f"{connection.get_option('host')}:{connection.get_option('port') or 22}"
    with open(lock_file(f"forward-{_digest(host, port)}"), "a", encoding="utf-8") as alone:
        Display().vv(f"Taking the way from {LOOPBACK}:{port} to the registry of the controller", host=host)
        fcntl.flock(alone, fcntl.LOCK_EX)
        connection.set_option(OPTION, f"{before or ''} {ALONE} -R {LOOPBACK}:{port}:{LOOPBACK}:{to}".strip())
        try:
            yield
        except AnsibleConnectionFailure as error:
            if REFUSED in str(error):
                raise Failure(_refused(port)) from error
            raise
        finally:
            connection.set_option(OPTION, before)


def _refused(port: int) -> str:
    return (
        f"SSH could not have {LOOPBACK}:{port} of this host lead to the registry of the controller. Either that port is"
        f" taken: by a deploy from another controller, then run again, or by a program (ss -ltnp 'sport = :{port}'),"
        " then set service_registry_port. Or its SSH server allows no forwards: set AllowTcpForwarding to remote or yes"
        " in its sshd_config, or service_registry to a registry that the hosts reach."
    )


def _digest(host: str, port: int) -> str:
    return hashlib.sha256(f"{host} {port}".encode()).hexdigest()[:16]
