# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action on a fleet of many service files, in one run of ansible-playbook."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import schema, with_defaults

REPOSITORY = Path(__file__).parents[4]
IMAGE = "service_image: {context: images/web}\n"

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - longshore.fleet.service_file:
        name: "{{ item or omit }}"
      loop: "{{ names }}"
      register: read
      ignore_errors: true
      vars: {size: 2, team: [node2, node1]}
    - ansible.builtin.copy:
        content: "{{ read.results | to_json }}"
        dest: "{{ inventory_dir }}/results.json"
"""

HOSTS = (
    "all: {hosts: {node1: {ansible_connection: local, ansible_python_interpreter: '{{ ansible_playbook_python }}'}}}"
)

FILES = {
    "least": IMAGE,
    "most": f"{IMAGE}service_hosts: 'all:!b'\nservice_rollout: {{batch: [1, 25%], max_failures: 1, drain: 5s}}",
    "templates": f"{IMAGE}service_hosts: \"{{{{ team | join(',') }}}}\"\nservice_rollout: {{batch: '{{{{ size }}}}'}}",
    "whole": f"{IMAGE}service_rollout: \"{{{{ {{'batch': size}} }}}}\"",
    "empty": "",
    "list": "- service_image",
    "no-yaml": "service_image: {context: [",
    "wrong": "service_image: {contxt: a}\nservice_hots: a",
    "wrong-batch": f"{IMAGE}service_rollout: {{batch: some}}",
    "of-a-host": f"{IMAGE}service_hosts: '{{{{ config.hosts }}}}'",
    "of-nobody": f"{IMAGE}service_hosts: nobody",
    "wrong-template": f"{IMAGE}service_rollout: \"{{{{ {{'bacth': size}} }}}}\"",
    "list-template": f'{IMAGE}service_rollout: "{{{{ team }}}}"',
}

ODD_FILES = {
    "binary": b"\xff\xfe\x00",
    "latin": IMAGE.encode() + b"team: \xe9",
    "nul": IMAGE.encode() + b"team: \x00",
    "large": IMAGE.encode() + b"text: " + b"x" * 10_000_000,
    "deep": IMAGE.encode() + b"a: " + b"[" * 3000 + b"]" * 3000,
    "encrypted": b"$ANSIBLE_VAULT;1.1;AES256\n6162\n",
    "object": IMAGE.encode() + b"a: !!python/object/apply:os.system [ls]",
    "documents": IMAGE.encode() + b"---\na: 1",
    "text": b"service_image",
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fleet = tmp_path_factory.mktemp("fleet")
    (fleet / "services").mkdir()
    for name, content in FILES.items():
        (fleet / f"services/{name}.yml").write_text(content, encoding="utf-8")
    for name, raw in ODD_FILES.items():
        (fleet / f"services/{name}.yml").write_bytes(raw)
    (fleet / "services/folder.yml").mkdir()
    (fleet / "services/link.yml").symlink_to("gone.yml")
    (fleet / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    (fleet / "playbook.yml").write_text(PLAYBOOK, encoding="utf-8")
    return fleet


@pytest.fixture(scope="module")
def results(fleet: Path) -> dict[str, dict[str, t.Any]]:
    """Service -> result of the action."""
    names = [*FILES, *ODD_FILES, "folder", "link", "unknown", ""]
    command = [
        "ansible-playbook",
        "-i",
        fleet / "hosts.yml",
        fleet / "playbook.yml",
        "-e",
        json.dumps({"names": names}),
    ]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return {result["item"]: result for result in json.loads((fleet / "results.json").read_text(encoding="utf-8"))}


DEFAULTS = with_defaults({}, schema()["service_rollout"])


@pytest.mark.parametrize(
    ("service", "hosts", "rollout"),
    [
        pytest.param("least", "all", {}, id="defaults"),
        pytest.param("most", "all:!b", {"batch": [1, "25%"], "max_failures": 1, "drain": "5s"}, id="all given"),
        pytest.param("templates", "node2,node1", {"batch": 2}, id="templates"),
        pytest.param("whole", "all", {"batch": 2}, id="rollout by a template"),
    ],
)
def test_facts(
    results: dict[str, dict[str, t.Any]], fleet: Path, service: str, hosts: str, rollout: dict[str, t.Any]
) -> None:
    assert Service.from_facts(results[service]["ansible_facts"]) == Service(
        name=service,
        path=str(fleet / f"services/{service}.yml"),
        folder=str(fleet),
        hosts=hosts,
        prefix="longshore",
        rollout={**DEFAULTS, **rollout},
        extra=[],
    )


@pytest.mark.parametrize(
    ("service", "said"),
    [
        pytest.param("empty", "services/empty.yml: service_image: says neither which context", id="empty file"),
        pytest.param("list", "services/list.yml: expected a mapping of variables, such as service_image", id="list"),
        pytest.param("no-yaml", "services/no-yaml.yml:2:1 is not valid YAML; correct it: ", id="no YAML"),
        pytest.param("wrong", "service_image.contxt: there is no such key; did you mean context?", id="first problem"),
        pytest.param("wrong", "service_hots: there is no such key; did you mean service_hosts?", id="second problem"),
        pytest.param("wrong-batch", "service_rollout.batch: 'some' is neither a number of hosts", id="batch"),
        pytest.param(
            "of-a-host",
            "services/of-a-host.yml: service_hosts and service_rollout are the same for all hosts",
            id="config",
        ),
        pytest.param(
            "wrong-template", "service_rollout.bacth: there is no such key; did you mean batch?", id="rendered key"
        ),
        pytest.param(
            "list-template", "service_rollout: expected a mapping, got ['node2', 'node1']", id="rendered type"
        ),
        pytest.param(
            "of-nobody", "service_hosts is 'nobody', and no host of the inventory matches", id="no host of that name"
        ),
        pytest.param("binary", "services/binary.yml is not UTF-8 text (at byte 0); save it as UTF-8", id="binary"),
        pytest.param("latin", "services/latin.yml is not UTF-8 text (at byte 43)", id="another encoding"),
        pytest.param("nul", "services/nul.yml is not valid YAML; correct it: ", id="NUL"),
        pytest.param(
            "large", "services/large.yml has 10000043 bytes, and each release keeps its text in Consul", id="large"
        ),
        pytest.param("deep", "services/deep.yml is nested too deeply; make it flatter", id="deep"),
        pytest.param(
            "encrypted", "services/encrypted.yml is encrypted by Ansible Vault and can't be decrypted; give", id="vault"
        ),
        pytest.param("object", "services/object.yml:2:4 is not valid YAML; correct it: ", id="object of Python"),
        pytest.param("documents", "services/documents.yml:2:1 is not valid YAML; correct it: ", id="two documents"),
        pytest.param("text", "services/text.yml: expected a mapping of variables", id="text"),
        pytest.param("folder", "services/folder.yml is a folder; make it a file", id="folder"),
        pytest.param("link", "services/link.yml is a symlink, and there is nothing where it leads", id="link"),
        pytest.param("unknown", "There is no service unknown in ", id="unknown service"),
        pytest.param("", "Say which service: -e service=NAME. There are: binary, deep, documents, ", id="no service"),
    ],
)
def test_errors(results: dict[str, dict[str, t.Any]], service: str, said: str) -> None:
    assert results[service]["failed"]
    assert said in results[service]["msg"]


# A fleet of three hosts, of which two are in the group web, with what some variables say of the service as a whole.
INVENTORY = """
all:
  vars: {{ansible_connection: local, {everybody}}}
  hosts: {{node3: }}
  children:
    web: {{hosts: {{node1: , node2: }}, vars: {{{web}}}}}
"""
READ = """
- hosts: all
  gather_facts: false
  vars: {{{play}}}
  tasks:
    - longshore.fleet.service_file: {{name: "{{{{ service }}}}", may_be_gone: "{{{{ gone | default(false) }}}}"}}
      run_once: true
      delegate_facts: true
      delegate_to: localhost
    - ansible.builtin.debug:
        msg: |
          hosts {{{{ it.hosts }}}}, batch {{{{ of.batch }}}}, pause {{{{ of.pause }}}}, by {{{{ it.extra }}}}
          below {{{{ it.prefix }}}}/ of the KV
      run_once: true
      vars: {{it: "{{{{ hostvars.localhost.ansible_facts.longshore_service }}}}", of: "{{{{ it.rollout }}}}"}}
"""


def read(
    folder: Path, file: str | None, *arguments: str, everybody: str = "", web: str = "", play: str = "", at: str = "."
) -> str:
    """Return what ansible-playbook says; ``file``: the service file of web, ``at``: the folder of services/."""
    (folder / at / "services").mkdir(parents=True)
    (folder / at / "services/db.yml").write_text(IMAGE, encoding="utf-8")
    if file is not None:
        (folder / at / "services/web.yml").write_text(f"{IMAGE}{file}\n", encoding="utf-8")
    (folder / "hosts.yml").write_text(INVENTORY.format(everybody=everybody, web=web), encoding="utf-8")
    (folder / "play.yml").write_text(READ.format(play=play), encoding="utf-8")
    command = ["ansible-playbook", "-i", folder / "hosts.yml", folder / "play.yml", "-e", "service=web", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


BATCH = '{"service_rollout": {"batch": 7}}'


@pytest.mark.parametrize(
    ("file", "arguments", "variables", "expected"),
    [
        pytest.param("service_hosts: web", ["-e", "service_hosts=node3"], {}, "hosts node3, batch 1", id="extra hosts"),
        pytest.param(
            "service_rollout: {batch: 2, pause: 3s}", ["-e", BATCH], {}, "batch 7, pause 0s", id="extra replaces all"
        ),
        pytest.param("", ["-e", BATCH], {}, "by ['service_rollout']", id="extra is told"),
        pytest.param("service_prefix: fleet/a", [], {}, "below fleet/a/", id="prefix of the file"),
        pytest.param("", [], {"everybody": "service_prefix: fleet/b"}, "below fleet/b/", id="prefix of the fleet"),
        pytest.param("service_prefix: a", ["-e", "service_prefix=c"], {}, "below c/", id="prefix by -e"),
        pytest.param(
            "service_rollout: {batch: 2}",
            [],
            {"everybody": "service_rollout: {batch: 3}"},
            "batch 2",
            id="file before group",
        ),
        pytest.param("", [], {"everybody": "service_rollout: {batch: 3, pause: 1s}"}, "batch 3, pause 1s", id="all"),
        pytest.param("service_hosts: web", [], {"web": "service_rollout: {batch: 3}"}, "batch 3", id="own group"),
        pytest.param("", [], {"everybody": "service_hosts: node2"}, "hosts node2", id="hosts of all"),
        pytest.param("", [], {"play": "service_hosts: node2"}, "hosts node2", id="hosts of the play"),
        pytest.param("", [], {}, "hosts all, batch 1", id="nobody says"),
        pytest.param("service_hosts: web", ["--limit", "node2"], {}, "hosts web", id="limit to one"),
        pytest.param("service_hosts: web", ["--limit", "all"], {}, "hosts web", id="limit of more"),
        pytest.param("", [], {"everybody": "fleet_folder: ../fleet", "at": "../fleet"}, "hosts all", id="folder"),
        pytest.param(None, ["-e", "gone=true"], {}, "hosts [], batch 1", id="file is gone"),
        pytest.param(
            None, ["-e", "gone=true"], {}, "below longshore/ in Consul's KV. Where the file had an", id="told"
        ),
        pytest.param(None, ["-e", "gone=true", "-e", "service_prefix=a"], {}, "below a/", id="file is gone, prefix"),
        pytest.param("service_hots: web", ["-e", "gone=true"], {}, "hosts all, batch 1", id="wrong file of a removal"),
    ],
)
def test_what_holds(tmp_path: Path, file: str, arguments: list[str], variables: dict[str, str], expected: str) -> None:
    folder = tmp_path / "inventory"
    folder.mkdir()
    assert expected in read(folder, file, *arguments, **variables)


@pytest.mark.parametrize(
    ("arguments", "variables", "expected"),
    [
        pytest.param(["-e", "service_hosts=nobody"], {}, "service_hosts is 'nobody', and no host", id="no such group"),
        pytest.param(["-e", "service_hosts="], {}, "service_hosts: is empty; give it a pattern", id="empty"),
        pytest.param(["-e", "service_hots=web"], {}, "service_hots: there is no such key; did", id="key"),
        pytest.param(["-e", "service_rollout=2"], {}, "service_rollout: expected a mapping", id="type"),
        pytest.param(
            ["-e", '{"service_rollout": {"bacth": 1}}'],
            {},
            "Set by extra variables (-e), instead of the service file: service_rollout",
            id="who says so",
        ),
        pytest.param(
            [], {"web": "service_hosts: web"}, "service_hosts holds for the service as a whole", id="not the same"
        ),
        pytest.param(["--limit", "node3"], {}, "--limit names node3, but web runs on node1, node2.", id="other host"),
        pytest.param(["--limit", "node1,node3"], {}, "--limit names node3, but web runs on node1", id="one too many"),
        pytest.param(["--limit", "all:!web"], {}, "--limit all:!web leaves no host of web", id="leaves nobody"),
        pytest.param(
            ["-e", "service_prefix=a/../b"], {}, "service_prefix: 'a/../b' is not a valid path in", id="prefix"
        ),
        pytest.param(
            [], {"everybody": "service_prefix: ../b"}, "service_prefix: '../b' is not a valid path", id="of the fleet"
        ),
        pytest.param(["-e", "service=../hosts", "-e", "gone=true"], {}, "There is no service ../hosts", id="path"),
    ],
)
def test_what_is_refused(tmp_path: Path, arguments: list[str], variables: dict[str, str], expected: str) -> None:
    file = "" if "web" in variables else "service_hosts: web"
    assert expected in read(tmp_path, file, *arguments, **variables)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({"everybody": "servce_gate: {}"}, "servce_gate, a variable of node1, is none", id="of all"),
        pytest.param({"web": "service_rolout: {}"}, "did you mean service_rollout?", id="of a group, with our prefix"),
    ],
)
def test_misspelt_variables_of_hosts_are_a_warning(tmp_path: Path, variables: dict[str, str], expected: str) -> None:
    said = " ".join(read(tmp_path, "service_hosts: web", **variables).split())
    assert said.count(expected) == 1
    assert "hosts web, batch 1" in said


@pytest.mark.parametrize(
    ("file", "variables", "expected"),
    [
        pytest.param(
            "group_vars/web.yml", "service_prefix: 1.10", "service_prefix: YAML reads 1.10 without quotes", id="ours"
        ),
        pytest.param("group_vars/all/a.yml", "tag: {v: 1.10}", "tag.v: YAML reads 1.10 without quotes", id="used"),
        pytest.param("host_vars/node2", "tag: 0755", "tag: YAML reads 0755 without quotes as 493", id="of a host"),
        pytest.param("group_vars/all.yml", "other: 1.10", None, id="not used"),
        pytest.param("group_vars/all.yml", "tag: '1.10'", None, id="in quotes"),
        pytest.param("host_vars/node3.yml", "tag: 1.10", None, id="of a host that is not the service's"),
        pytest.param("group_vars/elsewhere.yml", "tag: 1.10", None, id="of no group"),
    ],
)
def test_what_yaml_changes_in_files_of_variables(
    tmp_path: Path, file: str, variables: str, expected: str | None
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(f"{variables}\n", encoding="utf-8")
    said = read(tmp_path, "service_hosts: web\nservice_container: {environment: {A: '{{ tag }}'}}")
    assert (f"{tmp_path / file}: {expected}" if expected else "hosts web, batch 1") in said
