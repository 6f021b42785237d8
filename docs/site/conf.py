# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's settings for `make docs`: the site is the guides as the repository has them, and the generated reference."""

from __future__ import annotations

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "Longshore"
project_copyright = "Longshore contributors"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
root_doc = "index"
include_patterns = ["index.md", "CONTRIBUTING.md", "docs/*.md", "roles/*/README.md", "reference/**"]

# Links within a page and to a section of another one are those that Git hosts make of headings.
myst_heading_anchors = 4

# What stands in Ansible's own documentation is text here: the build asks nobody on the network.
nitpick_ignore_regex = [
    ("std:ref", r"ansible_collections\.ansible\.builtin\..*"),
    ("std:ref", "action_plugins|ansible_configuration_settings|callback_plugins|common_return_values"),
    ("std:envvar", "ANSIBLE_.*"),
]

html_theme = "sphinx_ansible_theme"
html_title = "Longshore"
html_short_title = "Longshore"
html_copy_source = False


def setup(app: Sphinx) -> None:
    """Show Consul's policies as plain text: the lexer of HCL takes no block on one line."""
    app.add_lexer("hcl", TextLexer)
