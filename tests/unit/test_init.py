# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder as init writes it, read by Ansible and by what it is made for."""

from __future__ import annotations

import configparser
import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_folder import FILES

REPOSITORY = Path(__file__).parents[2]
HOSTS = "root@10.0.0.1,admin@10.0.0.2:2222,[2001:db8::1],10.0.0.4"
SERVERS = ["shop1", "shop2", "shop3"]
# What reads the folder: the service file, the variables of a service's run and of none, and the end of up.yml.
READ = """
- hosts: shop1
  gather_facts: false
  tasks:
    - longshore.fleet.service_file: {name: web}
      delegate_to: localhost
      delegate_facts: true
    - longshore.fleet.report: {subject: addresses}
      delegate_to: localhost
    - ansible.builtin.copy: &read
        content: "{{ {'service': hostvars.localhost.ansible_facts.longshore_service, 'token': consul_token,
          'config': config_consul_token, 'repair': repair_consul_token, 'address': consul_address} | to_json }}"
        dest: "{{ playbook_dir }}/{{ service | default('all') }}.json"
      delegate_to: localhost
    - ansible.builtin.copy: *read
      vars: {service: web}
      delegate_to: localhost
"""
Done = "subprocess.CompletedProcess[str]"


def ansible(folder: Path, *command: str, **variables: str) -> Done:
    """Run a command of Ansible in a folder, as a user would who has the collection installed."""
    collections = os.environ.get("ANSIBLE_COLLECTIONS_PATH", str(REPOSITORY / ".cache/collections"))
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": collections, "ANSIBLE_NOCOLOR": "1", **variables}
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def init(folder: Path, *more: str) -> Done:
    return ansible(folder, "ansible-playbook", "longshore.fleet.init", "-e", "fleet=shop", *more)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """Return a folder that init has made below another one, and what it said."""
    above = tmp_path_factory.mktemp("new")
    done = init(above, "-e", f"hosts={HOSTS}")
    return above / "shop", done


def texts_of(folder: Path) -> dict[str, str]:
    """Return path -> text of all files of a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def test_it_writes_a_folder_and_nothing_else(there: tuple[Path, Done]) -> None:
    folder, done = there
    assert done.returncode == 0, done.stdout
    assert "changed=1" in done.stdout
    assert [path.name for path in folder.parent.iterdir()] == ["shop"]
    assert sorted(texts_of(folder)) == sorted([*FILES, "hosts.yml"])
    assert f"cd {folder}" in done.stdout


def test_again_it_changes_nothing_and_adds_what_is_missing(there: tuple[Path, Done]) -> None:
    folder, _done = there
    before = texts_of(folder)
    own = "# of a user\n"
    (folder / "site.yml").write_text(own, encoding="utf-8")
    done = init(folder.parent)
    assert "Nothing is missing." in done.stdout
    assert "changed=0" in done.stdout
    assert texts_of(folder) == {**before, "site.yml": own}
    (folder / "site.yml").unlink()
    checked = init(folder.parent, "--check")
    assert "site.yml: would be written" in checked.stdout
    assert "changed=1" in checked.stdout
    assert not (folder / "site.yml").exists()
    done = init(folder.parent)
    assert "site.yml: written" in done.stdout
    assert texts_of(folder) == before


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param(["-e", "hosts=root@10.0.0.1", "--check", "--diff"], "+++ after: ansible.cfg", id="check mode"),
        pytest.param(["-e", "hosts=root@{{ lookup('pipe','touch${IFS}ran') }}"], "hosts: ", id="a template"),
        pytest.param(
            ["-e", "hosts=root@10.0.0.1", "-e", "folder=../{of}"], "was not made by init", id="somebody else's folder"
        ),
    ],
)
def test_what_is_not_asked_for_is_not_written(tmp_path: Path, given: list[str], says: str) -> None:
    (tmp_path / "own").write_text("", encoding="utf-8")
    done = init(tmp_path, *(word.replace("{of}", tmp_path.name) for word in given))
    assert says in done.stdout
    assert (done.returncode == 0) == ("--check" in given)
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_ansible_reads_the_inventory(there: tuple[Path, Done]) -> None:
    done = ansible(there[0], "ansible-inventory", "--list")
    assert done.stderr == ""
    inventory = json.loads(done.stdout)
    of_hosts = inventory["_meta"]["hostvars"]
    assert list(of_hosts) == [*SERVERS, "shop4"]
    assert inventory["consul_servers"]["hosts"] == SERVERS
    connection = {name: value for name, value in of_hosts["shop2"].items() if name.startswith("ansible_")}
    assert connection == {
        "ansible_host": "10.0.0.2",
        "ansible_port": 2222,
        "ansible_user": "admin",
        "ansible_become": True,
    }
    assert of_hosts["shop3"]["ansible_host"] == "2001:db8::1"
    assert of_hosts["shop1"]["consul_deploy_tokens"] == [{"service": "web"}]


def test_longshore_reads_the_service_and_its_tokens(there: tuple[Path, Done], tmp_path: Path) -> None:
    folder, _done = there
    for name in ("deploy-web", "status", "config"):
        (tmp_path / f"{name}.token").write_text(f"token-{name}", encoding="utf-8")
    (tmp_path / "read.yml").write_text(READ, encoding="utf-8")
    given = {"consul_folder": str(tmp_path)}
    done = ansible(folder, "ansible-playbook", f"{tmp_path}/read.yml", "-e", json.dumps(given))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  http://10.0.0.1:8000/up\n" in done.stdout
    assert "  ./fleet status\n" in done.stdout
    of_all, of_web = (json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8")) for name in ("all", "web"))
    assert (of_all["token"], of_web["token"]) == ("token-status", "token-deploy-web")
    assert (of_all["config"], of_all["repair"], of_all["address"]) == ("token-config", "", "10.0.0.1")
    assert (of_all["service"]["hosts"], of_all["service"]["path"]) == ("all", str(folder / "services/web.yml"))
    assert done.stderr == ""


def test_its_playbooks_parse(there: tuple[Path, Done]) -> None:
    command = ["ansible-playbook", "longshore.fleet.up", "-e", "site=site.yml", "--list-tasks"]
    done = ansible(there[0], *command)
    assert done.returncode == 0, done.stderr
    plays = [line.partition("(all): ")[2].partition("\t")[0] for line in done.stdout.splitlines() if "(all): " in line]
    assert plays == [
        "Prepare the hosts for Longshore's modules",
        "Make the hosts a Consul cluster",
        "Have a registry",
        "Have the hosts mend by themselves what their instances lose",
        "Bring the files of config/ into Consul's KV",
        "Roll the stack",
        "Tell what is up",
    ]


def test_its_configuration_is_a_fleets(there: tuple[Path, Done]) -> None:
    configuration = configparser.ConfigParser()
    configuration.read(there[0] / "ansible.cfg")
    defaults = configuration["defaults"]
    assert defaults["stdout_callback"] == "longshore.fleet.rollout"
    assert defaults["inventory"] == "hosts.yml"
    assert defaults.getint("forks") > 5
    assert configuration["ssh_connection"].getboolean("pipelining")


def test_both_ci_systems_plan_a_change_and_deploy_the_main_branch(there: tuple[Path, Done]) -> None:
    gitlab = yaml.safe_load((there[0] / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    assert {name: gitlab[name]["script"] for name in ("plan", "deploy")} == {
        "plan": ["./fleet plan -e plan_file=plan.md"],
        "deploy": ["./fleet deploy"],
    }
    github = yaml.safe_load((there[0] / ".github/workflows/fleet.yml").read_text(encoding="utf-8"))
    runs = {step["if"]: step["run"] for step in github["jobs"]["fleet"]["steps"] if "if" in step}
    assert runs == {
        "github.event_name == 'pull_request'": "./fleet plan -e plan_file=plan.md",
        "always() && github.event_name == 'pull_request'": 'cat plan.md >> "$GITHUB_STEP_SUMMARY"',
        "github.event_name == 'push'": "./fleet deploy",
    }
    assert github["on"]["push"]["branches"] == ["main"]


def test_every_file_of_yaml_is_one(there: tuple[Path, Done]) -> None:
    files = [name for name in texts_of(there[0]) if name.endswith(".yml")]
    assert len(files) == 9
    for name in files:
        yaml.safe_load((there[0] / name).read_text(encoding="utf-8"))


def test_secrets_stay_out_of_git(there: tuple[Path, Done]) -> None:
    folder = there[0]
    for name in ("consul/ca.key", "registry/hosts-1.password", "fleet.key", ".vault-password"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("secret", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    done = subprocess.run(["git", "add", "--all", "--dry-run"], cwd=folder, check=True, capture_output=True, text=True)
    added = {line.split("'")[1] for line in done.stdout.splitlines()}
    assert added == {*FILES, "hosts.yml"}
