"""The exported text itself, simulated against the golden model."""

import pytest

import simulate
from dre.export import Build
from dre.export.source import verilog
from played import play

WORDS = ("hash_bits=16", "lanes=2", "max_clusters=9", "max_chunk=5", "table=memory", "preset=fpga")
"""With memories of either latency inside."""

BENCHES = ("hcu.bench_hcu_on_chip", "hcu.bench_hcu_founders")

icarus = pytest.mark.skipif(
    not simulate.has_icarus(), reason="needs iverilog, and there is none on PATH that runs"
)


def prepared(simulator, change, folder):
    """A simulation of an exported HCU, whose text is changed first."""
    build = Build.of("hcu", words=WORDS)
    source = folder / "hcu.v"
    source.write_text(change(verilog(build)))
    return simulate.prepare(
        "hcu",
        build.config,
        simulator=simulator,
        name=str(folder / "simulation"),
        source=source,
        optimise="none",
    )


@pytest.mark.slow
@pytest.mark.parametrize("simulator", ["verilator", pytest.param("icarus", marks=icarus)])
def test_an_exported_hcu_decides_as_the_golden_model(simulator, seed, tmp_path):
    play(prepared(simulator, str, tmp_path), BENCHES, seed)


@icarus
@pytest.mark.slow
def test_a_memory_that_forgets_a_word_is_seen(seed, tmp_path):
    def change(text):
        wrong = text.replace("if (write_en) words", "if (write_en && write_address != 3) words")
        assert wrong != text
        return wrong

    assert simulate.run(prepared("icarus", change, tmp_path), BENCHES[0], seed=seed).failures
