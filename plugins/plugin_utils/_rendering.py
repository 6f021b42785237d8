# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering a variable leaf by leaf, so that every problem comes out at once and with its path."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError, AnsibleValueOmittedError
from ansible.parsing.vault import EncryptedString
from ansible.template import is_trusted_as_template, trust_as_template
from jinja2 import Environment, TemplateSyntaxError, nodes

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Of Ansible's templar, what a lookup has at hand.
Templar = t.Any
_LEFT_OUT = object()
# Filters and tests of Jinja that take a name which is not there.
ASKING = ("default", "d", "defined", "undefined")
DEFINE = "define it in the service file or the inventory"
UNDECRYPTABLE = (
    "is encrypted by Ansible Vault and can't be decrypted; give the vault's password, as by --ask-vault-pass"
)


def evaluated(templar: Templar, expression: str) -> t.Any:
    """Return a Jinja expression of a host's variables; of a mapping or list only what it names is rendered."""
    try:
        if expression in templar.available_variables:  # a name alone needs no compiler
            return templar.template(templar.available_variables[expression])
        return templar.evaluate_expression(trust_as_template(expression))
    except AnsibleError as error:
        raise Failure(f"{expression.split()[0]}: {error}") from error


def given(templar: Templar, expressions: dict[str, str]) -> dict[str, t.Any]:
    """Return the values of those Jinja expressions that are defined, by their names."""
    templates = {name: trust_as_template(f"{{{{ {text} | default(omit) }}}}") for name, text in expressions.items()}
    values: dict[str, t.Any] = templar.template(templates)
    return values


class Rendering:
    """One set of variables; ``problems`` grows with every leaf that can't be rendered."""

    def __init__(self, templar: Templar, variables: dict[str, t.Any], config_prefixes: t.Sequence[str]) -> None:
        self._templar = templar.copy_with_new_env(available_variables=variables)
        self._variables = variables
        self._searched = ", ".join(config_prefixes) or "no prefix: the service file has no service_config"
        self.problems: list[str] = []

    def render(self, name: str) -> t.Any:
        """Return the variable rendered, None where it is omitted; leaves that are omitted or fail are left out."""
        value = self._value(referred(self._variables[name], self._variables), name)
        return None if value is _LEFT_OUT else value

    def _value(self, raw: t.Any, path: str) -> t.Any:
        if isinstance(raw, dict):
            values = {key: self._value(value, f"{path}.{key}") for key, value in raw.items()}
            return {key: value for key, value in values.items() if value is not _LEFT_OUT}
        if isinstance(raw, list):
            items = [self._value(value, f"{path}[{number}]") for number, value in enumerate(raw)]
            return [item for item in items if item is not _LEFT_OUT]
        return self._leaf(raw, path) if isinstance(raw, (str, EncryptedString)) else raw

    def _leaf(self, raw: str | EncryptedString, path: str) -> t.Any:
        try:
            return self._templar.template(raw)
        except AnsibleValueOmittedError:
            return _LEFT_OUT
        except AnsibleError as error:
            self.problems.extend(f"{path}: {reason}" for reason in self._reasons(raw, error))
            return _LEFT_OUT

    def _reasons(self, raw: str | EncryptedString, error: AnsibleError) -> list[str]:
        """Return why a leaf can't be rendered, and what to do where it does not go without saying."""
        missing = missing_keys(raw, self._variables) if isinstance(raw, str) else []
        reasons = [f"{key} is not set in Consul's KV; searched {self._searched}" for key in missing]
        return reasons or [explained(error)]


def explained(error: AnsibleError) -> str:
    """Return what Ansible says of a template, and what to do where it does not go without saying."""
    said = str(error)
    if "undecryptable variable" in said:
        return UNDECRYPTABLE
    return f"{said}; {DEFINE}" if said.endswith("is undefined") else said


def referred(raw: t.Any, variables: dict[str, t.Any]) -> t.Any:
    """Return the raw mapping or list that a template such as ``{{ name }}`` stands for, else what was given.

    So its own leaves are rendered one by one, and have paths of their own.
    """
    value, seen = raw, set[str]()
    while isinstance(value, str) and value not in seen and is_trusted_as_template(value):
        seen.add(value)
        chain = _only_chain(value)
        value = _value_at(chain, variables) if chain else None
    return value if isinstance(value, (dict, list)) else raw


def _only_chain(template: str) -> list[str]:
    """Return the names of a template that is nothing but one chain of them, else an empty list."""
    try:
        tree = Environment().parse(template)
    except TemplateSyntaxError:
        return []
    outputs = [part for output in tree.body if isinstance(output, nodes.Output) for part in output.nodes]
    return _chain(outputs[0]) if len(tree.body) == len(outputs) == 1 else []


def names_in(template: str, variables: dict[str, t.Any]) -> set[str]:
    """Return all names that a template needs, also by way of other variables."""
    return {name for chain in _chains(template, variables, set()) for name in chain}


def missing_keys(template: str, variables: dict[str, t.Any]) -> list[str]:
    """Return the ``config.…`` names that a template uses and config does not have, also by way of other variables.

    There may well be none, and the template fails for another reason.
    """
    chains = _chains(template, variables, set())
    missing = [chain for chain in chains if chain[0] == "config" and not _has(variables.get("config"), chain[1:])]
    return list(dict.fromkeys(".".join(chain) for chain in missing))


def config_keys(value: t.Any, variables: dict[str, t.Any]) -> list[str]:
    """Paths such as ``jvm/heap`` of all that the templates in a value use of config, also by way of other variables."""
    chains = (chain for template in _templates_in(value) for chain in _chains(template, variables, set()))
    return list(dict.fromkeys("/".join(chain[1:]) for chain in chains if chain[0] == "config" and len(chain) > 1))


def uses(name: str, value: t.Any, variables: dict[str, t.Any]) -> bool:
    """Tell whether the templates in a value use a variable, also by way of other variables."""
    return any(chain[0] == name for template in _templates_in(value) for chain in _chains(template, variables, set()))


def _chains(template: str, variables: dict[str, t.Any], seen: set[str]) -> t.Iterator[list[str]]:
    """Yield the names that a template needs, as ``_chain`` has them; those it asks for (is defined) may be missing."""
    try:
        tree = Environment().parse(template)
    except TemplateSyntaxError:
        return
    asked = [_chain(node.node) for node in tree.find_all((nodes.Filter, nodes.Test)) if node.name in ASKING]
    names = list(tree.find_all((nodes.Name, nodes.Getattr, nodes.Getitem)))
    beginnings = [node.node for node in names if not isinstance(node, nodes.Name) and _chain(node)]
    for chain in (_chain(node) for node in names if not any(node is beginning for beginning in beginnings)):
        if not chain or chain in asked:
            continue
        yield chain
        if chain[0] == "config":
            continue  # values of the KV are no templates
        for inner in _templates_in(_value_at(chain, variables)):
            if inner not in seen:
                seen.add(inner)
                yield from _chains(inner, variables, seen)


def _value_at(chain: list[str], variables: dict[str, t.Any]) -> t.Any:
    """Return the raw value that a chain of names ends at, or None."""
    value: t.Any = variables
    for name in chain:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _templates_in(value: t.Any) -> t.Iterator[str]:
    """Yield the texts of nested data, which may be templates."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _templates_in(inner)


def _chain(node: nodes.Node) -> list[str]:
    """``config.a["b"]`` as [config, a, b]; empty for what is no such chain."""
    if isinstance(node, nodes.Name):
        return [node.name]
    if isinstance(node, nodes.Getattr):
        before = _chain(node.node)
        return [*before, node.attr] if before else []
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        before = _chain(node.node)
        return [*before, str(node.arg.value)] if before else []
    return []


def _has(config: t.Any, keys: list[str]) -> bool:
    for key in keys:
        if not isinstance(config, dict):
            return True  # a method of a value, such as config.name.upper
        if key not in config:
            return hasattr(dict, key)
        config = config[key]
    return True
