"""What became of mutants, and how the page says it."""

from collections import Counter
from dataclasses import dataclass, field

from figures import Figure


@dataclass
class Tally:
    """What became of the mutants of one share."""

    name: str
    mutants: list = field(default_factory=list)
    killers: Counter = field(default_factory=Counter)
    hangs: int = 0
    proved: list = field(default_factory=list)
    reviewed: list = field(default_factory=list)
    survivors: list = field(default_factory=list)
    controls: int = 0
    refuted: int = 0
    seconds: float = 0
    resumed: bool = False

    @property
    def killed(self):
        return self.killers.total()

    def control(self, killed, proofs, ledger):
        """Try proofs of equivalence on mutants that have been killed: all must fail."""
        self.controls = len(killed)
        self.refuted = sum(
            not any(ledger.once(stage, mutant, proof) for stage, proof in proofs.items())
            for mutant in killed
        )


def figures(unit, tallies, full):
    """Counts of each share, and of all."""
    total = sum(len(t.mutants) for t in tallies)
    killed = sum(t.killed for t in tallies)
    proved = sum(len(t.proved) for t in tallies)
    reviewed = sum(len(t.reviewed) for t in tallies)
    survivors = sum(len(t.survivors) for t in tallies)
    controls, refuted = sum(t.controls for t in tallies), sum(t.refuted for t in tallies)
    rows = [
        Figure(
            "mutants",
            t.name,
            len(t.mutants),
            "",
            baseline=f"{t.killed} killed, {len(t.proved)} proved equivalent",
        )
        for t in tallies
    ]
    real = total - proved - reviewed
    return [
        *rows,
        Figure("mutants", "all", total, "", f">= {unit.MUST}" if full else ">= 1"),
        Figure("killed by the benches", "all", killed, ""),
        Figure("proved equivalent", "all", proved, ""),
        Figure("killed mutants that are not proved", "all", refuted, "", f"== {controls}"),
        Figure("reviewed survivors", "all", reviewed, ""),
        Figure("survivors without a reason", "all", survivors, "", "== 0"),
        Figure("score", "all", 100 * killed / real if real else 0, "%", "== 100"),
    ]


def about(tallies, seed):
    times = ", ".join(
        f"{t.name} {t.seconds:.0f} s{' since it was stopped' if t.resumed else ''}" for t in tallies
    )
    return (
        f"Mutants chosen by yosys' `mutate` with seed {seed}, all in one netlist per build, "
        f"simulated by Verilator against the cases of the benches ({times}). Proofs of "
        "equivalence are unbounded inductions (ABC `scorr`) over all inputs that keep the "
        "handshake's rules; what is compared is what the specification promises."
    )


def notes(tallies):
    lines = []
    for t in tallies:
        most = ", ".join(f"{case} {count}" for case, count in t.killers.most_common(5))
        lines.append(
            f"{t.name}: {t.hangs} of {t.killed} killed mutants hang; most killed by {most}."
        )
        lines += [f"{t.name}: survivor, reviewed: `{m.name}`: {why}" for m, why in t.reviewed]
        lines += [f"{t.name}: **survivor**: `{m.name}` (`{m.command}`)" for m, _ in t.survivors]
    return lines
