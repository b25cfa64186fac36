"""Verdicts of a run that takes hours: it can be stopped, and goes on where it was."""

import hashlib
import json

import simulate

SOURCES = ("hw", "model", "tb", "constraints")
"""Folders that verdicts depend on; and the packages, pinned in ``requirements.lock``."""

SUFFIXES = (".py", ".cpp", ".h", ".v", ".lib", ".vlt")


def sources(root=simulate.ROOT):
    """A digest of all that verdicts depend on, in hexadecimal."""
    found = [
        path
        for folder in SOURCES
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in SUFFIXES and path.is_file()
    ]
    digest = hashlib.sha256()
    for path in (*found, root / "requirements.lock"):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Ledger:
    """What has been found out of each mutant in each stage, a line of JSON each.

    Parameters
    ----------
    path : Path
    of : dict of str to str or int
        What the verdicts are of, as JSON. A file of something else is begun anew.

    Attributes
    ----------
    path : Path
    resumed : bool
        There were verdicts already.
    """

    def __init__(self, path, of):
        self.path, self._of, self._verdicts = path, of, {}
        if path.exists():
            self.read()
        self.resumed = bool(self._verdicts)
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(".whole")  # without a line that was not written to its end
        whole.write_text(f"{json.dumps(of)}\n")
        for (stage, mutant), verdict in self._verdicts.items():
            write(whole, stage, mutant, verdict)
        whole.replace(path)

    def read(self):
        """Take what another process has written, too."""
        lines = [json.loads(line) for line in self.path.read_text().splitlines() if _whole(line)]
        if lines[:1] == [self._of]:
            self._verdicts = {(e["stage"], e["mutant"]): e["verdict"] for e in lines[1:]}

    def __contains__(self, key):
        """Whether there is a verdict: ``(stage, number of the mutant)``."""
        return key in self._verdicts

    def __getitem__(self, key):
        return self._verdicts[key]

    def note(self, stage, mutant, verdict):
        """Write a verdict down."""
        self._verdicts[stage, mutant] = verdict
        write(self.path, stage, mutant, verdict)

    def once(self, stage, mutant, find):
        """The verdict, found with ``find(mutant)`` if there is none yet."""
        key = stage, mutant.number
        if key not in self:
            self.note(*key, find(mutant))
        return self[key]


def write(path, stage, mutant, verdict):
    """Add a line, so that it is there whatever happens next."""
    with path.open("a") as file:
        file.write(json.dumps({"stage": stage, "mutant": mutant, "verdict": verdict}) + "\n")


def _whole(line):
    """Whether a line was written to its end."""
    try:
        json.loads(line)
    except json.JSONDecodeError:
        return False
    return True
