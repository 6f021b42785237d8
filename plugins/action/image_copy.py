# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.modules.image_copy import SPEC, story
from ansible_collections.longshore.fleet.plugins.plugin_utils._in_process import InProcess


class ActionModule(InProcess):
    """The module image_copy, in process where that can be."""

    spec = SPEC
    story = staticmethod(story)
