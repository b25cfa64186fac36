"""What all tests share: the seed, the simulator's name, and the command that repeats a failure.

The settings are environment variables, because that is how they reach the worker processes, the
simulators and whatever else a test starts: ``SEED`` and ``SIM``, checked and never empty.
"""

import os
import random
import re
import shlex
from pathlib import Path

import hypothesis
import pytest

SIMULATORS = ("verilator", "icarus")
MOST_NAMES = 4  # more failures than this are repeated by a full run
SAYABLE = re.compile(r"[\w:+\-.\[\]\\/]+")  # what pytest's -k takes for a name
COMMAND = pytest.StashKey[str]()

failed: dict[str, None] = {}  # node ids, in the order of the failures

build = Path(__file__).parents[1] / "build"
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(build / "hypothesis"))
hypothesis.settings.register_profile("tb", deadline=None)  # machines differ
hypothesis.settings.load_profile("tb")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    sim = os.environ.get("SIM") or "verilator"
    if sim not in SIMULATORS:
        pytest.exit(f"SIM must be one of {', '.join(SIMULATORS)}, not {sim!r}", returncode=2)
    seed = os.environ.get("SEED") or str(random.SystemRandom().getrandbits(31))
    if not (seed.isascii() and seed.isdigit()):
        pytest.exit(f"SEED must be a whole number, 0 or more, not {seed!r}", returncode=2)
    os.environ.update(SIM=sim, SEED=seed)
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = int(seed)


def pytest_report_header() -> str:
    return f"seed: {os.environ['SEED']}, simulator: {os.environ['SIM']}"


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of this run. A test makes its own generator of it, so order does not matter."""
    return int(os.environ["SEED"])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        failed[report.nodeid] = None


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.testsfailed:  # files that cannot be imported count as well
        session.config.stash[COMMAND] = reproduction(list(failed))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say the command last of all, where the eye is. Only make's own error line follows it."""
    command = config.stash.get(COMMAND, None)
    if command and not hasattr(config, "workerinput"):
        config.get_terminal_writer().line(f"reproduce: {command}")


def reproduction(nodeids: list[str]) -> str:
    """The ``make`` command that runs the tests of these node ids as they have just been run."""
    command = f"make test SEED={os.environ['SEED']}"
    if os.environ["SIM"] != SIMULATORS[0]:
        command += f" SIM={os.environ['SIM']}"
    names = list(dict.fromkeys(map(sayable_name, nodeids)))
    if names and len(names) <= MOST_NAMES:
        command += f" TESTCASE={shlex.quote(' or '.join(names))}"
    return command


def sayable_name(nodeid: str) -> str:
    """The test's own name, without its parameters if ``-k`` could not read those."""
    function, bracket, parameters = nodeid.partition("[")
    function = function.rpartition("::")[2]
    name = function + bracket + parameters
    return name if SAYABLE.fullmatch(name) else function
