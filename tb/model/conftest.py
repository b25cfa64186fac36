"""What tests of the command line share."""

import pytest

import resv
from model.lab_traces import made
from resv import cli


@pytest.fixture
def run(capfd):
    """Run a command in this process; exit status, standard output and standard error."""

    def command(*arguments):
        status = cli.run([str(argument) for argument in arguments])
        return status, *capfd.readouterr()

    return command


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a trace, one whose head size divides nothing, and a file that is none."""
    path = tmp_path_factory.mktemp("traces")
    resv.save_trace(path / "t0.safetensors", made(0, frames=16))
    resv.save_trace(path / "odd.safetensors", made(0, d=6))
    (path / "text").write_text("no trace\n")
    return path
