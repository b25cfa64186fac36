"""The figures of moving KV, on the excerpt alone."""

from kvmu import figures_kvmu


def test_figures_of_the_excerpt(monkeypatch):
    work = figures_kvmu._work
    monkeypatch.setattr(
        figures_kvmu, "_work", lambda name: work(name) if name == "excerpt" else None
    )
    monkeypatch.setattr(figures_kvmu.figures_mover, "measure", lambda seed, say: [])
    made = figures_kvmu.measure("", 1, lambda text: None)
    assert len({figure.figure for figure in made}) == len(made), "names are unique"
    assert all(figure.trace == "excerpt" for figure in made)

    def values(text):
        return [figure.value for figure in made if figure.figure.startswith(text)]

    useful = values("useful bytes, ")[:-1]  # the last one is of the control
    assert useful == sorted(useful), "holding back more does not read more in vain"
    assert 0 < useful[0] < useful[-1] <= 1
    link, over = values("link bytes"), values("the same over Belady's")
    assert link == sorted(link, reverse=True)
    assert min(over) >= 1
    assert len(link) == len(over) == len(figures_kvmu.AREAS)
    assert 0 < values("metadata")[0] < 10


def test_a_trace_that_has_not_been_made_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(figures_kvmu.named_traces, "path_of", lambda name: tmp_path / name)
    assert figures_kvmu._work("T2") is None
