"""Writes all files of an export."""

import json

from dre.export import lists, page, ports
from dre.export.source import verilog


def write(build, folder):
    """The files of a `Build`, in a folder, which may be missing.

    Needs yosys, see `dre.verilog.to_verilog`.

    Returns
    -------
    list of Path
        ``<name>.v``, ``.f``, ``.core``, ``.ports.md``, ``.ports.json``, and what a unit has more.
    """
    said = ports.table(build)
    texts = {
        "v": verilog(build),
        "f": lists.filelist(build),
        "core": lists.fusesoc(build),
        "ports.md": page.markdown(said),
        "ports.json": json.dumps(said, indent=1) + "\n",
        **build.unit.more(build.config, build.name),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for ending, text in texts.items():
        paths.append(folder / f"{build.name}.{ending}")
        paths[-1].write_text(text, encoding="utf-8", newline="\n")
    return paths
