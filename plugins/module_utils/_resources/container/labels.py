# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our labels of a container; an image's own are merged into a container's, so only these are ever compared."""

from __future__ import annotations

SERVICE = "longshore.service"
INSTANCE = "longshore.instance"
IMAGE = "longshore.image"  # content tag or digest: whether the image has changed
VERSION = "longshore.version"  # for people
WANTED = "longshore.wanted"  # JSON: the options as last wanted, peers replaced by stand-ins
SECRETS = "longshore.secrets"  # JSON: name -> digest with the host's key
REGISTRATIONS = "longshore.registrations"  # JSON: to register it again should it have to come back
RELOAD = "longshore.reload"  # JSON: service_reload, and where the code is, for a reload without the service file
FIRST_START = "longshore.first-start"  # JSON: what its options have of a cluster's first start, and their digest
SIDECAR = "longshore.sidecar"  # JSON, of a sidecar alone: its name and settings
SIDECARS = "longshore.sidecars"  # JSON, of the main container: the sidecars that it was started with
ONE_OFF = "longshore.one-off"  # the instance for which a container runs a single command
