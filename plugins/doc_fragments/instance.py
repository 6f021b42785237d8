# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which modules are told what an instance is to be."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description: The instance; the container's name, and the ID of its registration.
    type: str
    required: true
  service:
    description: The service; O(name) unless a host runs several instances of it.
    type: str
  image:
    description: The image, as the module M(longshore.fleet.image) returns it, pulled where the host does not have it.
      Required for C(state=present).
    type: dict
    suboptions:
      reference:
        description: Repository and digest, C(registry/name@sha256:...). Not known in check mode before the first
          build.
        type: str
      content:
        description: Tells whether the image has changed.
        type: str
        required: true
      version:
        description: A name for people.
        type: str
  code:
    description:
      - The release of the code, as the module M(longshore.fleet.code) returns it. It is unpacked on the host once,
        and a running container gets it as O(wanted.reload) says.
      - Needs O(wanted.code), which says where it goes.
    type: dict
    suboptions:
      reference:
        description: Repository and digest. Not known in check mode before the first push.
        type: str
      content:
        description: Tells whether the code has changed.
        type: str
        required: true
      version:
        description: A name for people, which O(wanted.reload.url) must tell.
        type: str
  wanted:
    description: The rendered service file, as M(longshore.fleet.instance) makes it.
    type: dict
    default: {}
    suboptions:
      container:
        description:
          - Keyword arguments of the Docker SDK's C(containers.create), by their own names.
          - Unless said otherwise C(network_mode) is V(host), C(restart_policy) V(always), and C(log_config) rotates 9
            files of 10 MB.
        type: dict
        default: {}
      container_without_peers:
        description: The same rendered with stand-ins for the peers, which is what is compared. Unless given,
          O(wanted.container).
        type: dict
      first_boot:
        description: Whether O(wanted.container) was rendered for the first start of a cluster. Such a container is not
          started again once it is broken or was replaced, but made anew.
        type: bool
        default: false
      empty_peers:
        description: Names of the lists of peers that were empty when O(wanted.container) was rendered. A container made
          without them is not started again once there are some, but made anew.
        type: list
        elements: str
        default: []
      directories:
        description: Directories of the host that are made before the first start where they are missing.
        type: list
        elements: dict
        default: []
        suboptions:
          path:
            description: Absolute path.
            type: path
            required: true
          owner:
            description: User ID.
            type: int
            default: 0
          group:
            description: Group ID; unless given, the same number as the owner's.
            type: int
          mode:
            description: Octal mode in quotes, as YAML makes another number of an unquoted one.
            type: raw
            default: "0755"
      registrations:
        description:
          - Services in Consul, each with C(name), C(port), C(address), C(tags), C(meta), C(weights),
            C(tagged_addresses),
            C(enable_tag_override), C(socket_path), C(id) and C(checks).
          - Checks carry Consul's own names in snake_case, for example C(http), C(interval), C(timeout),
            C(tls_skip_verify); docs/consul.md lists them all, with the least version of Consul.
        type: list
        elements: dict
        default: []
      gate:
        description: What must hold before the instance counts as up.
        type: dict
        default: {}
        suboptions:
          timeout:
            description: The longest wait for all checks to pass, as a duration such as V(5m).
            type: str
            default: 5m
          stable_for:
            description: For how long everything must then hold without a break, as a duration.
            type: str
            default: 10s
          before:
            description:
              - What must hold before a running instance is taken out of traffic, and is brought about by asking -
                one after the other, each asked again until it holds.
            type: list
            elements: dict
            default: []
            suboptions: &condition
              http:
                description: URL to ask.
                type: str
              method:
                description: Method of the request. Unless given, V(GET).
                type: str
              headers:
                description: Header names to values. They stand in the host's journal, so no secret belongs here.
                type: dict
              body:
                description: Body of the request; a mapping or list is sent as JSON.
                type: raw
              status:
                description: The status that is asked for. Unless given, any from 200 to 299.
                type: int
              json:
                description: Dotted paths into the answer's JSON and their values, for example C(status) to V(green).
                type: dict
              ca_file:
                description: File of the host with the CA to trust, in PEM form. Unless given, the system's CA store.
                type: path
              verify:
                description: Whether the server's certificate is verified.
                type: bool
                default: true
              command:
                description: A command in the instance's container that must end with 0, instead of C(http). A list,
                  or a text that is split as a shell would.
                type: raw
              timeout:
                description: The longest wait for it to hold, as a duration.
                type: str
                default: 1m
          after:
            description:
              - What must hold once the successor of an instance that was passing has passed the gate. As
                O(wanted.gate.before).
              - Where the new instance fails and the old one is back, it is asked for once more.
            type: list
            elements: dict
            default: []
            suboptions: *condition
      drain:
        description: The longest wait for open connections to end once the instance is out of traffic, as a duration.
        type: str
        default: 10s
      leader:
        description: A command in the running container that ends with 0 where the instance leads the others. Asked only
          in a preflight. A list, or a text that is split as a shell would.
        type: raw
        default: []
      once:
        description: The fleet-once tasks of the rollout, which M(longshore.fleet.once) runs. A preflight only looks
          whether the image has their programs.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: The task.
            type: str
            required: true
          command:
            description: A list, or a text that is split as a shell would.
            type: raw
            required: true
          timeout:
            description: The longest time it may take, as a duration.
            type: str
            default: 10m
      code:
        description: Where releases of the code are. The container gets O(wanted.code.path) as O(wanted.code.mount), and
          works in its folder C(current) unless its C(working_dir) says otherwise.
        type: dict
        suboptions:
          path:
            description: Folder of the host with C(releases/DIGEST), the newest five, and the link C(current). Unless
              given, C(/srv/code/SERVICE).
            type: path
          mount:
            description: Where the container has it.
            type: str
            default: /usr/src/app
          owner:
            description: User ID of the files.
            type: int
            default: 0
          group:
            description: Group ID of the files; unless given, the same number as the owner's.
            type: int
          writable:
            description: Whether the container may write the code; else it is mounted read-only.
            type: bool
            default: false
      reload:
        description: How new code goes live in a running container, and what proves it.
        type: dict
        default: {}
        suboptions:
          action:
            description:
              - V(signal) - O(wanted.reload.signal) to the container's first process, which must load the code anew.
                That is proven, or the code from before is loaded again.
              - V(restart) - for servers that can't; out of traffic, drained, stopped, started, through the gate.
            type: str
            choices: [signal, restart]
            default: signal
          signal:
            description: By its name, for example V(USR2).
            type: str
            default: HUP
          timeout:
            description: The longest wait for the proof, as a duration; longer than the server lets its slowest
              request go on.
            type: str
            default: 30s
          check:
            description: Commands that must succeed with the new code before it is live anywhere, each in a container of
              its own like the instance's, all at the same time. A text, or a list of arguments.
            type: list
            elements: raw
            default: []
          commands:
            description: Commands in the running container after the switch and before the signal, for example V(python
              manage.py collectstatic --noinput). None of their processes stays.
            type: list
            elements: raw
            default: []
          command_timeout:
            description: The longest that one of these commands may take, as a duration.
            type: str
            default: 1m
          url:
            description: A page of this host that must contain the release's C(version) after the reload, and after a
              start.
            type: str
          ca_file:
            description: File of the host with the CA to trust for O(wanted.reload.url), in PEM form. Unless given, the
              system's CA store.
            type: path
          verify:
            description: Whether the certificate of O(wanted.reload.url) is verified.
            type: bool
            default: true
          not_workers:
            description: Beginnings of the command lines of processes beside the workers, which stay when these are
              renewed, for example V(celery). Needed where these hold the listening socket too, or where no worker
              holds it.
            type: list
            elements: str
            default: []
      files:
        description: Files of the host that the service reads, written in one step.
        type: list
        elements: dict
        default: []
        suboptions:
          path:
            description: Absolute path on the host. Mount its folder, not the file, or the container
              keeps the old one.
            type: path
            required: true
          content:
            description: The file's text. It stands in the host's journal, so no secret belongs here.
            type: str
            required: true
          owner:
            description: User ID.
            type: int
            default: 0
          group:
            description: Group ID; unless given, the same number as the owner's.
            type: int
          mode:
            description: Octal mode in quotes, as YAML makes another number of an unquoted one.
            type: raw
            default: "0644"
          validate:
            description: A command that must succeed before the file is in its place, in a container of its own like the
              instance's; C(%s) stands for the new file as the container has it, for example V(nginx -t -c %s). A text,
              or a list of arguments.
            type: raw
          on_change:
            description: What follows from another content, owner or mode - V(none), V(signal) as O(wanted.reload) has
              it, or V(restart).
            type: str
            choices: [none, signal, restart]
            default: none
      problems:
        description: What could not be rendered. Any entry is a failure.
        type: list
        elements: str
        default: []
  secrets:
    description:
      - Name to value. A name that begins with V(/) is a file of mode 0600 in the container, any other an entry of its
        environment.
      - Files lie in memory, in C(/run/longshore/secrets) of the host, and are mounted read-only. After a reboot they
        are gone and the container can't start; the next launch finds that, writes them and starts it.
      - Values stand in no label, registration, output or journal; a change is seen by a digest with a key that stays
        on the host.
      - A mapping. The action plugin packs it into one string on its way to the host, so that Ansible, which masks each
        value of an option such as this wherever it occurs in a result, leaves the words alone that a rollout decides
        by. In texts for people values are masked.
    type: raw
    default: {}
"""
