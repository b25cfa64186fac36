"""Mutants: their names, quick proofs, and who meets whom in which order."""

from importlib import import_module
from types import SimpleNamespace

import pytest

import simulate
from settings import brings
from verification import mutants, mutation, netlist, prove, replayed, shares
from verification.mutants import Mutant

REVIEWS = [
    pytest.param(review, id=f"{core}: {review.source}: {review.mutants}")
    for core in (*simulate.UNITS, *simulate.PARTS)
    if brings(core, "mutation")
    for review in import_module(f"{core}.mutation_{core}").REVIEWED
]

PARTS = r"""
module \top (input [1:0] a, b, output y); \top.part part(.a(a), .b({1'b0, b[0]}), .y(y)); endmodule
module \top.part (input [1:0] a, b, output y);
  wire [1:0] t;
  \$and #(.A_SIGNED(0), .B_SIGNED(0), .A_WIDTH(2), .B_WIDTH(2), .Y_WIDTH(2))
    both(.A(a), .B(b), .Y(t));
  assign y = t[0] | t[1];
endmodule
"""


def of_part(mode, bit):
    return f"-mode {mode} -module top.part -cell both -port Y -portbit {bit}"


def test_a_seed_chooses_the_same_wherever_the_project_and_the_packages_lie(monkeypatch):
    line = r"attribute \src \"{}/hw/dre/queue.py:17|{}/amaranth/hdl/_dsl.py:5\""
    texts = []
    for root, packages in (("/a", "/a/.venv"), ("/somewhere/else", "/usr/lib")):
        monkeypatch.setattr(simulate, "ROOT", simulate.Path(root))
        texts.append(mutants.anywhere(line.format(root, packages)))
    assert texts[0] == texts[1] == r"attribute \src \"hw/dre/queue.py:17|elsewhere\""


def test_the_name_of_a_mutant_has_the_line_that_its_cell_was_made_from():
    source = (simulate.ROOT / "hw/dre/queue.py").read_text().splitlines()
    made = Mutant(1, f"{of_part('inv', 0)} -src elsewhere -src hw/dre/queue.py:3")
    assert made.name == f"top.part: inv Y[0]: {source[2]}"
    assert Mutant(1, of_part("inv", 0)).origin == "cell both"


def test_a_review_may_be_about_one_cell():
    source, line = "hw/dre/queue.py", "def __init__(self, shape, depth):"
    review = shares.Reviewed(source, line, "top.part: inv Y[[]0]", "so it is", "both")
    assert review.covers(Mutant(1, of_part("inv", 0)))
    assert not review.covers(Mutant(1, of_part("inv", 1)))
    assert not review.covers(Mutant(1, of_part("inv", 0).replace("both", "other")))
    without = shares.Reviewed(source, line, "top.part: inv Y[[]0]", "so it is")
    assert not without.covers(Mutant(1, of_part("inv", 0)))


@pytest.mark.parametrize("review", REVIEWS)
def test_every_review_is_about_a_line_that_is_there(review):
    assert not review.covers(Mutant(1, of_part("inv", 0)))


def test_a_review_of_a_line_that_is_gone_is_out_of_date():
    with pytest.raises(ValueError, match=r"must have the line 'no such line'"):
        shares.Reviewed("hw/dre/queue.py", "no such line", "*", "").covers(Mutant(1, "-mode inv"))


def test_parts_are_tried_from_the_smallest_on():
    mutant = Mutant(1, r"-mode inv -module \top.a.b.c")
    assert prove.Parts(None, "top").of(mutant) == ["top.a.b.c", "top.a.b"]
    assert prove.Parts(None, "top", far=True).of(mutant) == ["top.a.b.c", "top.a.b", "top.a"]
    every = prove.Parts(None, "top", far=True, whole=True)
    assert every.of(mutant) == ["top.a.b.c", "top.a.b", "top.a", "top"]
    assert prove.Parts(None, "top").of(Mutant(1, "-module top.a")) == ["top.a"]
    assert prove.Parts(None, "top", far=True).of(Mutant(1, "-module top")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "near", "far"),
    [
        (of_part("const0", 0), False, False),
        (of_part("const0", 1), False, True),  # the part's users never set that bit
        (of_part("none", 0), True, True),
    ],
)
def test_a_mutant_is_proved_where_its_inputs_are_few_enough(tmp_path, command, near, far):
    (tmp_path / "top.v").write_text(PARTS)
    netlist.yosys(tmp_path, "make", "read_verilog -icells top.v\nproc\nwrite_rtlil clean.il\n")
    mutant = Mutant(1, command)
    assert prove.Parts(tmp_path, "top").equivalent(mutant) == near
    assert prove.Parts(tmp_path, "top", whole=True).equivalent(mutant) == far


@pytest.fixture
def tried(monkeypatch, tmp_path):
    """Who gets which mutants: of five the replay kills the first, a proof shows the second, the
    benches kill the third, the fourth has a reason; the last is proved of the whole."""
    met = {}

    def kill(module, config, netlist, folder, left, seed, tally, ledger):
        met["replay"] = [m.number for m in left]
        tally.killers["replay: a piece"] += 1
        return left[1:]

    def benches(prepare, unit, modules, left, tally, seed, ledger):
        met["benches"] = [m.number for m in left], modules
        tally.killers["a case"] += 1
        return [m for m in left if m.number != 3]

    class Parts:
        def __init__(self, folder, core, far, whole):
            met["core"], met["far"], met["whole"] = core, far, whole

        def equivalent(self, mutant):
            met.setdefault("parts", []).append(mutant.number)
            return mutant.number == 2

    def whole(folder, core, mutant, boxes):
        met.setdefault("users", []).append(mutant.number)
        return mutant.number == 5

    monkeypatch.setattr(simulate, "BUILD", tmp_path)
    monkeypatch.setattr(simulate, "prepare", lambda *arguments, **more: None)
    monkeypatch.setattr(mutants, "plant", lambda *a, **more: [Mutant(n, "") for n in range(1, 6)])
    monkeypatch.setattr(replayed, "kill", kill)
    monkeypatch.setattr(mutation, "_simulate", benches)
    monkeypatch.setattr(prove, "Parts", Parts)
    monkeypatch.setattr(prove, "prepare", lambda *arguments, **more: None)
    monkeypatch.setattr(prove, "equivalent", whole)
    return met


def unit_of(share, **more):
    reviewed = SimpleNamespace(reason="it is so", covers=lambda mutant: mutant.number == 4)
    data = {"SPARED": (), "BENCHES": ("bench",), "CUT": True, "REVIEWED": [reviewed]}
    return SimpleNamespace(SHARES={"one": share}, **data, **more)


def try_one(unit):
    return mutation.try_share("kvmu", unit, "one", full=True, seed=1, say=lambda text: None)


def test_benches_meet_only_what_neither_replay_nor_quick_proofs_know(tried):
    tally = try_one(unit_of(shares.Share({}, 5, 0), REPLAY="a_suite"))
    assert tried["replay"] == [1, 2, 3, 4, 5]
    assert tried["benches"] == ([3, 4, 5], ("bench",))
    assert tried["parts"] == [2, 3, 4, 5, 1]  # at last the control that has no verdict yet
    assert tried["users"] == [5, 1, 3]
    assert (tried["far"], tried["whole"]) == (True, False)
    assert [m.number for m in tally.proved] == [2, 5]
    assert [(m.number, why) for m, why in tally.reviewed] == [(4, "it is so")]
    assert (tally.killed, tally.controls, tally.refuted, tally.survivors) == (2, 2, 2, [])


def test_without_a_replay_the_benches_come_first(tried):
    tally = try_one(unit_of(shares.Share({}, 5, 0)))
    assert "replay" not in tried
    assert tried["benches"][0] == [1, 2, 3, 4, 5]
    assert tried["parts"][:3] == [1, 2, 5]
    assert (tried["far"], tried["whole"]) == (False, False)
    assert [m.number for m, _ in tally.survivors] == [1]


def test_who_has_been_proved_or_not_is_not_tried_again(tried):
    first = try_one(unit_of(shares.Share({}, 5, 0), REPLAY="a_suite"))
    del tried["parts"], tried["users"]
    again = try_one(unit_of(shares.Share({}, 5, 0), REPLAY="a_suite"))
    assert "parts" not in tried
    assert "users" not in tried
    assert (first.resumed, again.resumed) == (False, True)
    for name in ("killers", "proved", "reviewed", "survivors", "controls", "refuted"):
        assert getattr(again, name) == getattr(first, name)


def test_a_run_with_another_seed_begins_anew(tried):
    try_one(unit_of(shares.Share({}, 5, 0), REPLAY="a_suite"))
    del tried["parts"]
    unit = unit_of(shares.Share({}, 5, 0), REPLAY="a_suite")
    tally = mutation.try_share("kvmu", unit, "one", full=True, seed=2, say=lambda text: None)
    assert "parts" in tried
    assert not tally.resumed


def test_a_part_has_benches_of_its_own_and_no_replay(tried):
    share = shares.Share({}, 5, 0, part="mover", benches=("bench_of_it",))
    try_one(unit_of(share, REPLAY="a_suite"))
    assert "replay" not in tried
    assert tried["benches"] == ([1, 2, 3, 4, 5], ("bench_of_it",))
    assert (tried["core"], tried["far"], tried["whole"]) == ("mover", True, True)
