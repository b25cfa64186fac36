"""One verification tool in a process of its own, with all that it starts.

``python -m verification.one_tool CORE TOOL SEED RESULT`` runs a tool at full counts: each line it
prints is progress, and RESULT is a pickle of what came out. `Tools` starts such processes and ends
them; a tool that dies takes nobody with it.
"""

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from simulate import BuildFailed

PATIENCE = 10
"""Seconds that a process has to end when it is told to, before it is killed."""


class Tools:
    """Runs tools, from any number of threads, until it is stopped."""

    def __init__(self):
        self._lock = threading.Lock()
        self._running = set()
        self._stopped = False

    def run(self, core, tool, seed, say):
        """One tool; returns its section and how long it took, in seconds.

        Raises
        ------
        RuntimeError
            If the tool fails, with the reason as one line; or if `stop` was called.
        """
        with TemporaryDirectory() as folder:
            result = Path(folder) / "result"
            process = self._start([core, tool, str(seed), str(result)])
            for line in process.stdout:
                say(tool, line.rstrip())
            status = process.wait()
            process.stdout.close()
            with self._lock:
                self._running.discard(process)
            if not result.exists():
                raise RuntimeError(f"it ended early, with status {status}")
            reason, *outcome = pickle.loads(result.read_bytes())
        if reason:
            raise RuntimeError(reason)
        return tuple(outcome)

    def _start(self, words):
        with self._lock:
            if self._stopped:
                raise RuntimeError("stopped")
            process = subprocess.Popen(
                [sys.executable, "-m", "verification.one_tool", *words],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,  # so that simulators and solvers can be ended with it
            )
            self._running.add(process)
            return process

    def stop(self):
        """End whatever runs, and start nothing more."""
        with self._lock:
            self._stopped = True
            running = tuple(self._running)
        for kind in (signal.SIGTERM, signal.SIGKILL):
            for process in running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, kind)
            for process in running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE)


def outcome(core, tool, seed):
    """Reason of failure or None, then section and seconds if there was none."""
    start = monotonic()
    try:
        module = import_module(f"verification.{tool}")
        section = module.run(core, full=True, seed=seed, say=lambda text: print(text, flush=True))
    except BuildFailed as error:
        return (str(error),)
    except Exception as error:  # a broken tool is a failure, not the end of the others
        return (f"{type(error).__name__}: {error}",)
    return None, section, monotonic() - start


if __name__ == "__main__":
    core, tool, seed, result = sys.argv[1:]
    Path(result).write_bytes(pickle.dumps(outcome(core, tool, int(seed))))
