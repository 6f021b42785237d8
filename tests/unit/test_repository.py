# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must agree across files of the repository, and no linter compares."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from jinja2 import Environment, nodes

REPOSITORY = Path(__file__).parents[2]
COLLECTION = "longshore.fleet"
PLUGINS = f"ansible_collections.{COLLECTION}.plugins"
MODULES = sorted(path.stem for path in REPOSITORY.glob("plugins/modules/*.py"))
INVENTORIES = sorted(path.stem for path in REPOSITORY.glob("plugins/inventory/*.py"))
FILTERS = sorted(path.stem for path in REPOSITORY.glob("plugins/filter/*.py"))
LOOKUPS = sorted(path.stem for path in REPOSITORY.glob("plugins/lookup/*.py"))
ROLES = sorted(path.name for path in REPOSITORY.glob("roles/*"))
PLAYBOOKS = sorted(str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob("playbooks/*.yml"))
TASK_FILES = sorted(str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob("roles/*/tasks/*.yml"))
# A fragment documents the argument spec of the client of the same name.
FRAGMENTS = sorted(
    path.stem
    for path in REPOSITORY.glob("plugins/doc_fragments/*.py")
    if (REPOSITORY / "plugins/module_utils/_clients" / path.name).exists()
)
# What documentation and argument spec both say of an option.
SHARED_KEYS = ("type", "elements", "default", "required", "choices", "aliases")


def load(path: str) -> t.Any:
    """Return the content of a YAML file, by its path in the repository; None where there is none."""
    file = REPOSITORY / path
    return DataLoader().load_from_file(str(file)) if file.exists() else None


def argument_spec(client: str) -> dict[str, t.Any]:
    """Return the options that a client takes from every module that uses it."""
    spec: dict[str, t.Any] = getattr(importlib.import_module(f"{PLUGINS}.module_utils._connections"), client.upper())
    return spec


def documentation(kind: str, names: list[str]) -> dict[str, t.Any]:
    """Return what ansible-doc knows of our plugins of a kind, fragments merged: name -> {doc, examples, ...}."""
    if not names:
        return {}
    command = ["ansible-doc", "--json", "--type", kind, *(f"{COLLECTION}.{name}" for name in names)]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name.removeprefix(f"{COLLECTION}."): plugin for name, plugin in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def modules() -> dict[str, t.Any]:
    return documentation("module", MODULES)


@pytest.fixture(scope="module")
def lookups() -> dict[str, t.Any]:
    return documentation("lookup", LOOKUPS)


def tasks_in(entries: list[dict[str, t.Any]]) -> t.Iterator[dict[str, t.Any]]:
    """All tasks of a list, those within blocks too."""
    for entry in entries:
        nested = [task for part in ("block", "rescue", "always") for task in entry.get(part, [])]
        yield from tasks_in(nested) if nested else [entry]


def unknown_options(given: t.Any, options: dict[str, t.Any], path: str = "") -> t.Iterator[str]:
    """Keys that the documented options do not have, sub-options too; missing required ones."""
    for item in given if isinstance(given, list) else [given]:
        if not isinstance(item, dict):
            continue
        for name, value in item.items():
            if name not in options:
                yield f"{path}{name}: unknown"
            elif "options" in options[name]:
                yield from unknown_options(value, options[name]["options"], f"{path}{name}.")
        for name, option in options.items():
            if option.get("required") and name not in item:
                yield f"{path}{name}: required"


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_options_that_exist(name: str, modules: dict[str, t.Any]) -> None:
    tasks = list(tasks_in(yaml.safe_load(modules[name]["examples"])))
    own = [task for task in tasks if f"{COLLECTION}.{name}" in task]
    assert own, "no example calls the module"
    for task in tasks:
        for used in MODULES:
            options = modules[used]["doc"].get("options", {})
            assert not list(unknown_options(task.get(f"{COLLECTION}.{used}", None), options)), task["name"]


@pytest.fixture(scope="module")
def inventories() -> dict[str, t.Any]:
    return documentation("inventory", INVENTORIES)


@pytest.mark.parametrize("name", INVENTORIES)
def test_examples_of_inventories_have_their_options(name: str, inventories: dict[str, t.Any]) -> None:
    example = yaml.safe_load(inventories[name]["examples"])
    assert example["plugin"] == f"{COLLECTION}.{name}"
    assert example.keys() <= inventories[name]["doc"]["options"].keys()


@pytest.mark.parametrize("name", LOOKUPS)
def test_examples_of_lookups_parse(name: str, lookups: dict[str, t.Any]) -> None:
    assert f"{COLLECTION}.{name}" in str(yaml.safe_load(lookups[name]["examples"]))


@pytest.fixture(scope="module")
def filters() -> dict[str, t.Any]:
    return documentation("filter", FILTERS)


@pytest.mark.parametrize("name", FILTERS)
def test_examples_of_filters_parse(name: str, filters: dict[str, t.Any]) -> None:
    assert f"{COLLECTION}.{name}" in str(yaml.safe_load(filters[name]["examples"]))


def test_everything_says_since_which_release(
    modules: dict[str, t.Any], lookups: dict[str, t.Any], inventories: dict[str, t.Any], filters: dict[str, t.Any]
) -> None:
    releases = {load("galaxy.yml")["version"], *load("changelogs/changelog.yaml")["releases"]}
    plugins = {**modules, **lookups, **inventories, **filters}
    since = {name: plugin["doc"].get("version_added") for name, plugin in plugins.items()}
    assert {name: version for name, version in since.items() if version not in releases} == {}


def test_action_groups_are_complete(modules: dict[str, t.Any]) -> None:
    groups = {name: set(members) for name, members in load("meta/runtime.yml")["action_groups"].items()}
    takers: dict[str, set[str]] = {name: set() for name in groups}
    documented: dict[str, set[str]] = {}
    for name, plugin in modules.items():
        for group in groups:
            if argument_spec(group).keys() <= plugin["doc"].get("options", {}).keys():
                takers[group].add(name)
        for group in plugin["doc"]["attributes"].get("action_group", {}).get("membership", []):
            documented.setdefault(group.removeprefix(f"{COLLECTION}."), set()).add(name)
    assert groups == takers
    assert groups == documented


@pytest.mark.parametrize("name", FRAGMENTS)
def test_fragment_documents_its_argument_spec(name: str) -> None:
    fragment = importlib.import_module(f"{PLUGINS}.doc_fragments.{name}").ModuleDocFragment
    spec = argument_spec(name)
    options = yaml.safe_load(fragment.DOCUMENTATION)["options"]

    def shared(entries: dict[str, t.Any]) -> dict[str, t.Any]:
        return {n: {k: entry[k] for k in SHARED_KEYS if k in entry} for n, entry in entries.items()}

    assert shared(options) == shared(spec)
    assert list(options) == list(spec)


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_the_documented_ones(role: str) -> None:
    entry_points = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"].values()
    documented = {
        name: option["default"]
        for entry_point in entry_points
        for name, option in entry_point.get("options", {}).items()
        if "default" in option
    }
    assert (load(f"roles/{role}/defaults/main.yml") or {}) == documented


@pytest.mark.parametrize(
    ("of_the_role", "of_launch"),
    [
        pytest.param(("service_gate", "options"), ("gate", "options"), id="gate"),
        pytest.param(("service_directories", "options"), ("directories", "options"), id="directories"),
        pytest.param(("service_rollout", "options", "drain"), ("drain",), id="drain"),
        pytest.param(("service_reload", "options"), ("reload", "options"), id="reload"),
        pytest.param(("service_files", "options"), ("files", "options"), id="files"),
        pytest.param(("service_once", "options"), ("once", "options"), id="once"),
        pytest.param(("service_code", "options", "mount"), ("code", "options", "mount"), id="mount of the code"),
    ],
)
def test_service_file_and_launch_agree(of_the_role: tuple[str, ...], of_launch: tuple[str, ...]) -> None:
    role = load("roles/service/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    launch = importlib.import_module(f"{PLUGINS}.module_utils._instance").WANTED
    for key in of_the_role:
        role = role[key]
    for key in of_launch:
        launch = launch[key]

    def shared(entry: dict[str, t.Any]) -> dict[str, t.Any]:
        if "type" in entry:
            # A path is a text to people; the module expands it.
            return {k: "str" if entry[k] == "path" else entry[k] for k in SHARED_KEYS if k in entry}
        return {name: shared(option) for name, option in entry.items()}

    assert shared(role) == shared(launch)


@pytest.mark.parametrize("path", TASK_FILES)
def test_role_reads_as_a_table_of_contents(path: str) -> None:
    assert len(list(tasks_in(load(path)))) <= 10


@pytest.mark.parametrize("path", PLAYBOOKS)
def test_every_play_goes_in_step(path: str) -> None:
    """One plan and one lock for all hosts: with the strategy free each host would make its own."""
    plays = [play for play in load(path) if "hosts" in play]
    assert [play["name"] for play in plays if play.get("strategy") != "linear"] == []


@pytest.mark.parametrize("path", [*PLAYBOOKS, *TASK_FILES])
def test_nothing_on_the_controller_becomes_another_user(path: str) -> None:
    """The controller's user has the registry's login and the SSH keys, and maybe no sudo."""
    entries = load(path)
    tasks = [task for entry in entries for task in tasks_in(entry.get("tasks", [entry]))]
    there = [task for task in tasks if task.get("delegate_to") == "localhost"]
    assert [task["name"] for task in there if task.get("become") is not False] == []


def templates_in(value: t.Any) -> t.Iterator[str]:
    """Return the templates of nested data; conditions are templates without braces."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            for text in templates_in(inner):
                yield text if "{{" in text or key not in ("when", "that") else f"{{{{ {text} }}}}"


@pytest.mark.parametrize("path", [*PLAYBOOKS, *TASK_FILES, "roles/service/vars/main.yml"])
def test_variables_of_one_run_are_taken_from_where_they_were_given(path: str) -> None:
    """They are everyday words, and any variable of such a name would be read."""
    names = set(importlib.import_module(f"{PLUGINS}.plugin_utils._run_variables").NAMES) - {"service"}
    read = {name.name for text in templates_in(load(path)) for name in Environment().parse(text).find_all(nodes.Name)}
    assert not names & read


def test_hosts_get_the_pinned_libraries() -> None:
    pinned = set(re.findall(r"^[a-z].*==.*$", (REPOSITORY / "requirements.txt").read_text(encoding="utf-8"), re.M))
    assert set(load("roles/docker/defaults/main.yml")["docker_venv_packages"]) <= pinned


def task_files(tasks_from: str) -> set[str]:
    """Return the task files of the role that are meant; of a variable its default and what other playbooks say."""
    variable = re.fullmatch(r"{{ (\w+) \| default\('(\w+)'\) }}", tasks_from)
    if not variable:
        return {tasks_from}
    name, default = variable.groups()
    return {default, *(play["vars"][name] for path in PLAYBOOKS for play in load(path) if name in play.get("vars", {}))}


def tasks_of_role(file: str) -> t.Iterator[dict[str, t.Any]]:
    """All tasks of a task file of the role service, and of those that it imports."""
    for task in tasks_in(load(f"roles/service/tasks/{file}.yml") or []):
        yield task
        for imported in ("import_tasks", "include_tasks"):
            if f"ansible.builtin.{imported}" in task:
                yield from tasks_of_role(task[f"ansible.builtin.{imported}"].removesuffix(".yml"))


@pytest.mark.parametrize("path", PLAYBOOKS)
def test_every_task_asks_the_agent_and_the_engine_that_the_variables_name(path: str) -> None:
    """An action group's defaults stand once for all tasks of a play; so does the Python that has their packages."""
    groups = load("meta/runtime.yml")["action_groups"]
    plays = [play for play in load(path) if "hosts" in play]
    for play in plays:
        roles = [task[n] for task in play["tasks"] for n in task if n.endswith((".import_role", ".include_role"))]
        files = {file for role in roles for file in task_files(role.get("tasks_from", "main"))}
        tasks = [*play["tasks"], *(task for file in files for task in tasks_of_role(file))]
        used = {name.removeprefix(f"{COLLECTION}.") for task in tasks for name in task if name.startswith(COLLECTION)}
        # On the controller; these have an engine of their own choice.
        of_hosts = used - {"code", "image"}
        for group in (name for name, members in groups.items() if of_hosts & set(members)):
            given = play["module_defaults"][f"group/{COLLECTION}.{group}"]
            assert given == {option: f"{{{{ {option} | default(omit) }}}}" for option in argument_spec(group)}


def test_secrets_never_lie_in_a_file_on_the_way() -> None:
    """Tasks that carry secrets run with pipelining, which an installed collection does not have by default."""
    files = [str(p.relative_to(REPOSITORY)) for d in ("roles", "playbooks") for p in REPOSITORY.glob(f"{d}/**/*.yml")]
    carrying = {
        file
        for file in files
        for play in (entry for entry in load(file) or () if isinstance(entry, dict))
        for task in tasks_in(play.get("tasks", [play]))
        if {"instance", "launch", "once", "service_info", "stack_host"}
        & {name.removeprefix(f"{COLLECTION}.") for name in task}
    }
    # Elsewhere they would not see the role's variables.
    assert {str(Path(file).parent) for file in carrying} == {"roles/service/tasks"}
    variables = load("roles/service/vars/main.yml")
    assert variables["ansible_pipelining"] is True
    assert variables["ansible_ssh_pipelining"] == "{{ ansible_pipelining }}"  # which counts more, and is often set


def test_the_oldest_packages_are_those_that_users_read() -> None:
    minimum = importlib.import_module(f"{PLUGINS}.module_utils._versions").MINIMUM
    installed = load("roles/docker/defaults/main.yml")["docker_venv_packages"]
    assert sorted(minimum) == [requirement.partition("==")[0] for requirement in installed]
    readme = " ".join((REPOSITORY / "README.md").read_text(encoding="utf-8").split())
    for name, version in minimum.items():
        assert f"`{name}` {version.removesuffix('.0')}" in readme


def test_the_versions_of_ansible_core_that_are_tested_are_those_that_users_read() -> None:
    cores = re.search(r"^CORES = (.*)$", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.M)
    assert cores
    tested = re.findall(r"2\.\d+", cores[1])
    for path in ("README.md", "meta/runtime.yml"):
        assert f"{', '.join(tested[:-1])} and {tested[-1]}" in (REPOSITORY / path).read_text(encoding="utf-8")
    assert load("meta/runtime.yml")["requires_ansible"] == f">={tested[0]}.0"


def test_an_execution_environment_gets_what_users_need_without_upper_bounds() -> None:
    dependencies = load("meta/execution-environment.yml")["dependencies"]
    lines = {kind: (REPOSITORY / path).read_text(encoding="utf-8") for kind, path in dependencies.items()}
    python = [line for line in lines["python"].splitlines() if not line.startswith("#")]
    minimum = importlib.import_module(f"{PLUGINS}.module_utils._versions").MINIMUM
    assert {name: version for name, at_least, version in (r.partition(">=") for r in python) if at_least} == minimum
    assert [line for line in python if re.search("<|==|~=|!=", line)] == []
    assert re.search("^git$", lines["system"], re.MULTILINE)


CODE_OF_MODULES = sorted(
    str(path.relative_to(REPOSITORY))
    for part in ("modules", "module_utils")
    for path in REPOSITORY.glob(f"plugins/{part}/**/*.py")
)
# Names and keywords that Python 3.9 lacks; ruff refuses younger syntax, and knows few of these.
YOUNGER = {
    "ExceptionGroup",
    "StrEnum",
    "TaskGroup",
    "UTC",
    "batched",
    "bit_count",
    "file_digest",
    "pairwise",
    "tomllib",
}
YOUNGER_KEYWORDS = {"kw_only", "slots", "strict"}


@pytest.mark.parametrize("path", CODE_OF_MODULES)
def test_modules_start_on_python_3_9(path: str) -> None:
    """There a module starts again in the role docker's Python, or says what is needed."""
    nodes = list(ast.walk(ast.parse((REPOSITORY / path).read_text(encoding="utf-8"), feature_version=(3, 9))))
    imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {alias.name for node in imports for alias in node.names}
    keywords = {keyword.arg for node in nodes if isinstance(node, ast.Call) for keyword in node.keywords}
    assert not names & YOUNGER
    assert not keywords & YOUNGER_KEYWORDS
