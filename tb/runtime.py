"""Verilator's own C++, which is the same in every simulation: compiled once, lent to later builds.

That is half of what the compiler does for a small unit. Verilator's makefiles take an object as
made that is newer than the makefile itself, which is written after the object has been lent: so it
is given a time to come.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

AHEAD = 3600
"""Seconds; Verilator takes less to write a makefile."""


@contextmanager
def lent(shelf, folder, *flags):
    """Build in ``folder`` with objects from the shelf; what it lacks is put there afterwards.

    Parameters
    ----------
    shelf : Path
        Of all objects, by what they were compiled with.
    folder : Path
        Where Verilator builds; may be missing.
    *flags : str
        All that the compiler, or Verilator, is told beside what is built.
    """
    kept = shelf / _digest(flags)
    if kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        soon = time.time() + AHEAD
        for path in kept.iterdir():
            os.utime(shutil.copy(path, folder), (soon, soon))
    yield
    objects = sorted(folder.glob("verilated*.o"))
    if objects and not kept.exists():
        shelf.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=shelf))
        for path in objects:
            shutil.copy(path, made)
        try:
            made.rename(kept)
        except OSError:  # another process was first
            shutil.rmtree(made)


def _digest(flags):
    told = (os.environ.get(name, "") for name in ("CXX", "CXXFLAGS", "CFLAGS", "OPT_GLOBAL"))
    about = "\n".join([sys.version, version("verilator"), *told, *flags])
    return hashlib.sha256(about.encode()).hexdigest()[:16]
