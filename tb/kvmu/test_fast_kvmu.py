"""The fast replay of the KVMU: right where the hardware is, and whatever is wrong is found out."""

import re
import subprocess
from dataclasses import replace

import pytest

from dre.kvmu import KVMUConfig
from kvmu import coverage, fast_kvmu, replay_kvmu
from kvmu.builds_kvmu import NEAR
from kvmu.golden_kvmu import END, FETCH, OK, RELEASE
from kvmu.mixture_kvmu import BEGINNINGS
from kvmu.replay_kvmu import Given
from replay.records import DamagedRecord

BUILD = KVMUConfig(**NEAR, preset="asic")
NAME = "endurance-kvmu-near-asic"  # the program, one for all tests, and for the sample of endurance


@pytest.fixture(scope="module")
def made():
    return replay_kvmu.build_program(BUILD, NAME)


@pytest.fixture
def compiled(made, monkeypatch):
    """The program, without a look at every use whether it is up to date."""
    monkeypatch.setattr(replay_kvmu, "build_program", lambda config, name: made)
    return made


@pytest.mark.slow
def test_thousands_of_commands_are_right(compiled, seed, tmp_path):
    """Of one build; `make verify` has six, and more of each."""
    said = []
    tally = fast_kvmu.endure(NAME, BUILD, 5_000, seed, say=said.append, folder=tmp_path)
    assert (tally.mismatches, tally.difference, tally.path) == (0, None, None)
    assert tally.operations == tally.kinds.total() >= 5_000
    assert tally.cycles > 50 * tally.operations
    assert any("operations, 0 mismatches" in text for text in said)
    for kind in ("plain", "faults", "bad"):
        assert not coverage.missing(BUILD, kind, tally.seen)


@pytest.fixture
def endure(compiled, tmp_path):
    """Gives the `Tally` of the cases, each piece changed."""

    def tally(seed, change, operations=600):
        return fast_kvmu.endure(NAME, BUILD, operations, seed, change=change, folder=tmp_path)

    return tally


class Planted:
    """Changes the first command that is wanted, of any piece.

    Attributes
    ----------
    at : str or None
        What the tally must say in front of it.
    """

    def __init__(self, wanted, change):
        self._wanted, self._change, self.at = wanted, change, None

    def __call__(self, piece):
        for number, given in enumerate(piece.commands):
            if self.at is None and self._wanted(given.made):
                self._change(piece, given)
                self.at = f"{piece.name}, command {number} ("


def of_list(name, change):
    """Change the second one of a command's ``name``."""

    def plant(piece, given):
        values = getattr(given.made, name)
        values[1] = change(values[1])

    return lambda made: len(getattr(made, name)) > 1, plant


def of_dict(name, key, wanted=lambda made: True):
    """Change a number of a command's ``name``."""

    def plant(piece, given):
        getattr(given.made, name)[key] ^= 1

    return lambda made: getattr(made, name) is not None and wanted(made), plant


def of_page(piece, given):
    """Two tokens of a far page are expected the other way round."""
    page, tokens = given.made.written[0]
    given.made.written[0] = page, [tokens[1], tokens[0], *tokens[2:]]


WRONG = {
    "result": (*of_dict("result", "count"), r"result: count is \d+, not \d+"),
    "status": (*of_dict("result", "status"), r"result: status is \d, not \d"),
    "trailer": (*of_dict("trailer", "lost"), r"delivery \d+: lost is 0, not 1"),
    "grant": (*of_list("grants", lambda a: a ^ 1024), r"grant 1 is 0x\w+, not 0x\w+"),
    "token": (
        *of_list("delivered", lambda one: (one[0] ^ 1, one[1])),
        r"delivery 2: token is \d+, not \d+",
    ),
    "address": (
        *of_list("delivered", lambda one: (one[0], one[1] ^ 1024)),
        r"delivery 2: address is 0x\w+, not 0x\w+",
    ),
    "page": (
        lambda made: bool(made.written),
        of_page,
        r"the page at 0x\w+ has not token \d+ where it must",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_command_is_named_and_counted(what, endure, seed):
    """The expectation is changed, which is the same to the judge as if the hardware were wrong."""
    wanted, plant, text = WRONG[what]
    planted = Planted(wanted, plant)
    tally = endure(seed, planted)
    assert planted.at, "nothing was planted"
    assert tally.difference.startswith(planted.at), (tally.difference, planted.at)
    assert re.search(rf"\): {text}", tally.difference), tally.difference
    # A wrong grant is also where keys and values are written, so what comes of it is wrong as well.
    assert tally.mismatches == 1 or what in ("grant", "address", "token")
    assert tally.path.exists()


def spoiled(piece, at, memory, address):
    """A byte changes before a step, and behind all that comes before that."""
    steps = [replay_kvmu.wait(drained=True), replay_kvmu.spoil(memory, address, 0x10)]
    piece.steps[at:at] = steps


def spoil_delivery(piece):
    """A byte of what is delivered changes before it is released."""
    for at, step in enumerate(piece.steps):
        made = step.made if isinstance(step, Given) else None
        if made and made.command["op"] == FETCH and made.delivered:
            assert piece.steps[at + 1].made.command["op"] == RELEASE
            spoiled(piece, at + 1, "near", made.delivered[-1][1] + BUILD.entry_bytes - 1)
            return True
    return False


def spoil_page(piece):
    """A byte of a page changes before it is read."""
    for at, step in enumerate(piece.steps):
        made = step.made if isinstance(step, Given) else None
        if made and made.result["status"] == OK and made.fetched:
            ((page, _),), ((frame, _),), _ = made.fetched[0]
            places = [place - frame for _, place in made.delivered if 0 <= place - frame < 4096]
            spoiled(piece, at, "far", page + places[0])
            return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (spoil_delivery, r"\(release \w+, .*\): token \d+ of context 0 is no longer at 0x\w+"),
        (spoil_page, r"\((fetch|release) ok, .*\): token \d+ is not at 0x\w+, where it was"),
    ],
)
def test_a_byte_that_changes_is_found_out(spoil, text, endure, seed):
    done = []

    def change(piece):
        if piece.name.startswith("every_part") and not done:
            done.append(spoil(piece))

    tally = endure(seed, change)
    assert done == [True]
    assert tally.mismatches >= 1
    assert tally.difference.startswith("every_part of seed"), tally.difference
    assert re.search(text, tally.difference), tally.difference


@pytest.mark.slow
def test_moves_that_nobody_planned_end_the_run(endure, seed):
    """A page is expected to be read from elsewhere; a move is expected to fail and does not."""

    def elsewhere(piece, given):
        for _, move in given.moves:
            move.extents["write"][0] = (move.extents["write"][0][0], 64)

    planted = Planted(lambda made: bool(made.fetched), elsewhere)
    tally = endure(seed, planted)
    said = r"cycle \d+: write at 0x\w+: nobody asked for that, command \d+ \(.*\) not answered"
    assert re.search(said, tally.difference), tally.difference
    assert tally.mismatches > 1

    def once_more(piece, given):
        for _, move in given.moves:
            move.fates.append("ok")

    tally = endure(seed, Planted(lambda made: bool(made.fetched), once_more))
    assert re.search(r"fetching: not moved at 0x\w+", tally.difference), tally.difference


@pytest.mark.slow
def test_counters_and_hangs_are_found_out(endure, seed):
    def more(piece):
        piece.counts["appended"] += piece.name.startswith("everything")

    tally = endure(seed, more)
    assert re.fullmatch(
        rf"everything of seed {seed}, counter appended is \d+, not \d+", tally.difference
    )
    assert tally.mismatches == 1

    def without_packet(piece, given):
        given.beats.clear()

    planted = Planted(
        lambda made: made.command["op"] == END and made.result["status"] == OK, without_packet
    )
    tally = endure(seed, planted)
    assert re.search(r"cycle \d+: no beat moved for 300001 cycles, command \d+", tally.difference)


@pytest.mark.slow
def test_a_run_is_made_by_its_seed(endure, seed):
    first, again, other = (endure(one, None, 800) for one in (seed, seed, seed + 1))
    assert (first.cycles, first.kinds) == (again.cycles, again.kinds)
    assert first.cycles != other.cycles


@pytest.mark.slow
def test_a_stimulus_that_cannot_be_used_is_one_line(made, seed, tmp_path):
    path = tmp_path / "x.bin"
    piece = fast_kvmu.plan_piece(BUILD, len(BEGINNINGS), 30, seed, tmp_path, fast_kvmu.Counter())

    def said(change, build=BUILD):
        replay_kvmu.write(path, build, piece.steps, piece.run)
        path.write_bytes(change(path.read_bytes()))
        done = subprocess.run([made, path, tmp_path / "y"], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr.removeprefix(f"{path}: ").rstrip("\n")

    assert said(lambda good: good[:-13]).endswith("is cut off")
    other = KVMUConfig(**{**NEAR, "frames": 9, "preset": "asic"})
    assert said(lambda good: good, other) == "record 0 is for another build"
    grant = next(n for n, one in enumerate(piece.steps) if isinstance(one, Given))
    command = piece.steps[grant].made.command
    piece.steps[grant].made.command = {**command, "context": 4096}
    replay_kvmu.write(path, BUILD, piece.steps, piece.run)
    with pytest.raises(DamagedRecord, match="context must be below 4096, not 4096"):
        replay_kvmu.replay(made, path)
    with pytest.raises(ValueError, match=r"stalls must name one of commands, .*, not 'x'"):
        replay_kvmu.write(path, BUILD, [], replace(piece.run, stalls={"x": 0.5}))
