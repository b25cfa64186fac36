"""The performance figures of the HCU: what ``make bench CORE=hcu`` measures."""

import json
from dataclasses import asdict
from statistics import mean

import resv
from dre import HCUConfig
from figures import Figure
from hcu import figures_hcu_replay
from simulate import BuildFailed, prepare, run

DURATION = "about four minutes"
CLUSTERS = 1024  # the paper's table
TOKENS = (10, 25, 256)  # the paper's frame, three groups, the longest chunk
SYNTHETIC = "random hash words"
LITERAL = "paper read literally 20,480 (2·T·C)"


def measure(simulator, seed, say):
    """Measure everything; ``say`` is told what happens. Returns a list of `Figure`."""
    say("one lane, as baseline")
    single = _cycles(_build(simulator, lanes=1), [10], seed)
    baseline = f"{_pick(single, 10, False, 0)['interval']:,} with one lane"
    figures = []
    for preset in ("asic", "fpga"):
        say(f"preset {preset}")
        prepared = _build(simulator, preset=preset)
        figures += _figures_of_cycles(preset, _cycles(prepared, TOKENS, seed), baseline)
        figures += _figures_of_excerpt(preset, prepared, seed)
    return figures + figures_hcu_replay.measure(seed, say)


def _figures_of_cycles(preset, rows, baseline):
    for tokens in TOKENS:
        for founding in (False, True):
            row = _pick(rows, tokens, founding, 0)
            frame = tokens == 10
            name = f"{preset}: cycles a chunk, T = {tokens}, C = {CLUSTERS:,}"
            name += ", every token founds" if founding else ""
            must, limit = f"<= {row['bound']}", _limit(row)
            yield Figure(
                f"{name}, back to back",
                SYNTHETIC,
                row["interval"],
                "cycles",
                must,
                bound=f"{limit:,} (port and tokens)" + (f"; {LITERAL}" if frame else ""),
                baseline=baseline if frame and not founding else None,
            )
            yield Figure(
                f"{name}, alone, hash words loaded", SYNTHETIC, row["alone"], "cycles", must
            )
            late = _pick(rows, tokens, founding, 100)
            yield Figure(
                f"{name}, table 100 cycles late, contexts alternate",
                SYNTHETIC,
                late["interval"],
                "cycles",
                must,
            )
    row = _pick(rows, 10, False, 0)
    yield Figure(
        f"{preset}: cycles of a chunk that finds the unit idle, T = 10, with loading",
        SYNTHETIC,
        row["alone_with_loading"],
        "cycles",
    )
    yield Figure(
        f"{preset}: table entries read a frame, T = 10",
        SYNTHETIC,
        row["entries_read"],
        "entries",
        f"<= {CLUSTERS}",
        bound=f"{CLUSTERS:,}",
        baseline=f"{10 * CLUSTERS:,} with one lane",
    )


def _figures_of_excerpt(preset, prepared, seed):
    output = prepared.folder / "replay.json"
    settings = {
        "trace": str(resv.excerpt_path()),
        "config": asdict(resv.Config.paper()),
        "output": str(output),
    }
    outcome = run(prepared, "hcu.bench_hcu_replay", seed=seed, settings=settings)
    if outcome.failures:
        raise BuildFailed(f"{', '.join(outcome.failures)} failed, see {outcome.log}")
    replayed = json.loads(output.read_text())
    rows = [row for row in replayed["rows"] if row["tokens"]]
    frames = [row for row in rows if row["kind"] == resv.Kind.FRAME]
    yield Figure(
        f"{preset}: decisions that differ from the golden model",
        "excerpt",
        replayed["mismatches"],
        "tokens",
        "<= 0",
    )
    yield Figure(
        f"{preset}: cycles a frame, mean",
        "excerpt",
        round(mean(row["cycles"] for row in frames), 2),
        "cycles",
        bound=f"{mean(row['bound'] for row in frames):.1f} (mean of spec D34)",
    )
    yield Figure(
        f"{preset}: worst chunk, cycles / bound of spec D34",
        "excerpt",
        round(max(row["cycles"] / row["bound"] for row in rows), 3),
        "ratio",
        "<= 1",
    )


def _build(simulator, **parameters):
    config = HCUConfig(max_clusters=CLUSTERS, **parameters)
    name = f"bench-{config.preset}-{config.lanes}"
    return prepare("hcu", config, simulator=simulator, name=name)


def _cycles(prepared, tokens, seed):
    """The rows of the cycle bench for one build."""
    output = prepared.folder / "cycles.json"
    output.unlink(missing_ok=True)
    settings = {"output": str(output), "clusters": [CLUSTERS], "tokens": list(tokens)}
    outcome = run(prepared, "hcu.bench_hcu_cycles", seed=seed, settings=settings)
    if not output.exists():
        raise BuildFailed(f"the cycle bench gave no figures, see {outcome.log}")
    return json.loads(output.read_text())


def _pick(rows, tokens, founding, latency):
    for row in rows:
        if (row["tokens"], row["founded"], row["table_latency"]) == (tokens, founding, latency):
            return row
    raise LookupError(f"no row for {tokens} tokens, founding {founding}, latency {latency}")


def _limit(row):
    """No unit of this kind can be faster: every entry passes once a group, every token once."""
    groups = -(-row["tokens"] // row["lanes"])
    before = row["clusters"] - row["tokens"] * row["founded"]
    return groups * before + row["tokens"]
