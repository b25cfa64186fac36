"""Run a measurement in a process of its own that uses one core.

The libraries read their number of threads when they are loaded, so it has to be set before.
"""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from simulate import BUILD, BuildFailed

TB = Path(__file__).parents[1]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def measured(module, **arguments):
    """What ``module.measure(**arguments)`` returns in such a process; JSON goes both ways.

    Raises
    ------
    BuildFailed
        If it fails; the message names the log.
    """
    log = BUILD / "bench" / f"{module}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "model.one_core", module, json.dumps(arguments)]
    environment = os.environ | dict.fromkeys(THREADS, "1")
    with log.open("w") as errors:
        done = subprocess.run(
            command, cwd=TB, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
    if done.returncode:
        raise BuildFailed(f"{module} failed, see {log}")
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(json.dumps(import_module(f"model.{sys.argv[1]}").measure(**json.loads(sys.argv[2]))))
