"""What tools are told of an export: a file list, and a core for FuseSoC."""

from dre.export.build import LIBRARY, PROJECT

FILELIST = """\
// {title} of V-Rex open {version}; SPDX-License-Identifier: Apache-2.0
// Made by: {command}
// Top module: {name}. Read it with -F, for which paths begin at this file.
{name}.v
"""

CORE = """\
CAPI=2:
# SPDX-License-Identifier: Apache-2.0
# Made by: {command}
name: {library}:{name}:{version}
description: "{title} of V-Rex open: {about}"

filesets:
  rtl:
    files:
      - {name}.v
    file_type: verilogSource-2005
  doc:
    files:
      - {name}.ports.md
      - {name}.ports.json
    file_type: user

targets:
  default:
    description: Source of the unit
    filesets: [rtl]
    toplevel: {name}
  lint:
    description: What Verilator says
    filesets: [rtl]
    toplevel: {name}
    flow: lint
    flow_options:
      tool: verilator
"""


def filelist(build):
    """Text of the file list of a `Build`."""
    return FILELIST.format(
        title=build.unit.title, version=build.version, name=build.name, command=build.command
    )


def fusesoc(build):
    """Text of the FuseSoC core (CAPI2) of a `Build`."""
    return CORE.format(
        command=build.command,
        library=f"{PROJECT}:{LIBRARY}",
        name=build.name,
        version=build.version,
        title=build.unit.title,
        about=build.unit.about.replace("`", "").replace('"', "'"),
    )
