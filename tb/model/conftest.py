"""What tests of the command line share."""

import pytest

from resv import cli


@pytest.fixture
def run(capfd):
    """Run a command in this process; exit status, standard output and standard error."""

    def command(*arguments):
        status = cli.run([str(argument) for argument in arguments])
        return status, *capfd.readouterr()

    return command
