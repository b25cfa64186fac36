"""A sample of upsets of the HCU; and that the tool sees what reset does not mend."""

import pytest

from hcu import upsets_hcu
from verification import upsets


def quiet(text):
    """Progress that nobody watches."""


@pytest.mark.slow
def test_every_upset_of_the_sample_is_classified_and_mended_by_reset(seed):
    section = upsets.run("hcu", full=False, seed=seed, say=quiet)
    assert not section.missed, section.notes


def test_what_is_not_classified_or_not_mended_misses_a_must():
    injection = {"class": "loader", "bit": "x[0]", "outcome": "masked", "recovered": ""}
    stuck = {**injection, "outcome": "hang", "recovered": "AssertionError: no end"}
    figures = upsets._figures("asic", 3, [injection, stuck], ())
    missed = [figure.figure for figure in figures if not figure.meets(figure.must)]
    assert missed == ["injections classified", "recovered by reset"]
    assert any("not recovered" in note for note in upsets._notes("asic", [injection, stuck]))


def test_a_register_without_class_is_an_error():
    assert upsets.classify(upsets_hcu.CLASSES, "search.lanes.lane_2.best") == "lanes' bests"
    with pytest.raises(ValueError, match="CLASSES must cover every register"):
        upsets.classify(upsets_hcu.CLASSES, "elsewhere")


RTLIL = r"""
module \hcu.search
  memory width 24 size 11 \array
  memory size 8 \of_bits
  cell $dff $1
    parameter \WIDTH 4
    connect \Q \held
  end
end
module \hcu
  cell $sdff $2
    parameter \WIDTH 1
    connect \Q \valid
  end
end
"""


def test_registers_and_memories_are_found_in_all_modules():
    assert upsets.parse_states(RTLIL, "hcu") == [
        upsets.State("search.array", 24, 11),
        upsets.State("search.of_bits", 1, 8),
        upsets.State("search.held", 4),
        upsets.State("valid", 1),
    ]


def test_a_register_without_name_is_an_error():
    with pytest.raises(ValueError, match="every register must have a name"):
        upsets.parse_states(RTLIL.replace(r"\Q \held", "\\Q $held"), "hcu")
