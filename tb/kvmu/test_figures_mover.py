"""The figures of the mover, on few pages: words are compared, and what is counted is right."""

import pytest

import simulate
from dre.kvmu import MoverConfig
from figures import Figure
from kvmu import figures_mover

PAGES = 200


@pytest.fixture(scope="module")
def mover():
    return figures_mover.program(MoverConfig(preset="fpga"))


@pytest.mark.slow
def test_efficiency_is_what_latency_leaves(mover, seed):
    """Alone, a burst takes its latency and its beats, whatever the mover does."""
    for latency in (1, 250):
        found = figures_mover.run(mover, 1, 256, "in order", seed, reads=latency)
        assert found == {"beats": 32, "cycles": latency + 32, "wrong": 0}
    for order in figures_mover.ORDERS:
        assert figures_mover.efficiency(mover, PAGES, 4096, order, seed) >= 0.98
    assert figures_mover.efficiency(mover, 128, 256, "in order", seed) >= 0.94
    slow = figures_mover.efficiency(mover, PAGES, 4096, "in order", seed, reads=2_000)
    assert slow < 512 / 2_000, "no more than what 16 bursts bring in a latency"


def test_a_wrong_word_is_no_figure(seed, tmp_path):
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\necho \'{"beats": 8, "cycles": 9, "wrong": 3}\'\n')
    program.chmod(0o755)
    with pytest.raises(simulate.BuildFailed, match="3 words are wrong"):
        figures_mover.run(program, 1, 64, "in order", seed)
    program.write_text("#!/bin/sh\necho no end >&2\nexit 1\n")
    with pytest.raises(simulate.BuildFailed, match="no end"):
        figures_mover.run(program, 1, 64, "in order", seed)


def test_names_are_unique(monkeypatch):
    monkeypatch.setattr(figures_mover, "program", lambda config: None)
    monkeypatch.setattr(figures_mover, "efficiency", lambda path, *work, **latencies: 0.5)
    made = figures_mover.measure(1, lambda text: None)
    assert len({figure.figure for figure in made}) == len(made)
    assert all(isinstance(figure, Figure) for figure in made)
    assert any(not figure.meets(figure.must) for figure in made)
