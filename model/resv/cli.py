"""The command ``resv``: selection files and their differences; others have their own files.

An error of the user is one line on standard error and exit status 2 (D38).
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

import resv
from resv import compare_cli, explain_cli, figure_cli, sweep_cli, system_cli, trace_cli
from resv.config import Config
from resv.console import load, print_table, progress
from resv.replay import for_trace, replay
from resv.selection import diff, write_selection
from resv.step import Step
from resv.tokens import Kind
from resv.trace_cli import TraceFile

DIFFERENT, WRONG = 1, 2
"""Exit statuses besides 0: ``resv diff`` found a difference; the user made an error."""

DEFAULTS = Config()

app = typer.Typer(add_completion=False, help="ReSV, the retrieval algorithm of V-Rex.")
app.add_typer(trace_cli.app, name="trace")
app.add_typer(system_cli.app, name="system")


def main() -> None:
    """Entry point of the command; never returns."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command and return its exit status."""
    try:
        return app(arguments, prog_name="resv", standalone_mode=False) or 0
    except TyperException as error:
        message = error.format_message()
    except OSError as error:
        message = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    except (ImportError, ValueError) as error:
        message = str(error)
    print("resv:", " ".join(message.split()), file=sys.stderr)
    return WRONG


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"resv {resv.__version__}, specification {resv.SPEC_VERSION}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


@app.command()
def select(
    trace: TraceFile,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="File to write.")],
    hash_bits: Annotated[int, typer.Option(help="Bits of a hash word.")] = DEFAULTS.hash_bits,
    th_hd: Annotated[int, typer.Option(help="Hamming threshold.")] = DEFAULTS.Th_hd,
    th_r: Annotated[float, typer.Option(help="Threshold ratio of WiCSum.")] = DEFAULTS.Th_r,
    sink_tokens: Annotated[int, typer.Option(help="Sinks.")] = DEFAULTS.sink_tokens,
    recent_tokens: Annotated[int, typer.Option(help="Recent tokens.")] = DEFAULTS.recent_tokens,
    max_chunk: Annotated[int, typer.Option(help="Most tokens of a chunk.")] = DEFAULTS.max_chunk,
    max_clusters: Annotated[int, typer.Option(help="Most clusters.")] = DEFAULTS.max_clusters,
    cluster_cap: Annotated[
        int | None, typer.Option(help="Members that close a cluster.", show_default="none")
    ] = DEFAULTS.cluster_cap,
    wicsum: Annotated[str, typer.Option(help="float64, or integer as in hardware.")] = (
        DEFAULTS.wicsum
    ),
    engine: Annotated[str, typer.Option(help="fast or plain; they give the same.")] = "fast",
) -> None:
    """Run ReSV over a trace and write what it selected, resv-selection/1."""
    config = Config(
        hash_bits=hash_bits,
        Th_hd=th_hd,
        Th_r=th_r,
        sink_tokens=sink_tokens,
        recent_tokens=recent_tokens,
        max_chunk=max_chunk,
        max_clusters=max_clusters,
        cluster_cap=cluster_cap,
        wicsum=wicsum,
    )
    if output.exists() and trace.exists() and output.samefile(trace):
        raise ValueError(f"output must be another file than the trace, not {output}")
    loaded = load(trace)
    config = for_trace(config, loaded)
    summary = _Summary()
    total = sum(1 for _ in loaded.chunks(max_chunk))
    steps = progress(summary.of(replay(loaded, config, engine)), total, "chunks")
    write_selection(output, loaded, config, steps)
    print_table(summary.rows() | {"written": str(output)})


app.command("compare")(compare_cli.compare)
app.command("sweep")(sweep_cli.sweep)
app.command("figure")(figure_cli.figure)
app.command("explain")(explain_cli.explain)


@app.command("diff")
def difference(
    a: Annotated[Path, typer.Argument(metavar="A", help="A selection file, resv-selection/1.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
) -> int:
    """Print the first difference of two selection files; exit status 1 if there is one."""
    found = diff(a, b)
    if found is None:
        return 0
    print(found)
    return DIFFERENT


@dataclass
class _Summary:
    """Sums over the steps that pass through ``of``."""

    tokens: int = 0
    full: int = 0
    clustered: int = 0
    last: Step | None = None
    far: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    selected: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))

    def of(self, steps: Iterator[Step]) -> Iterator[Step]:
        for step in steps:
            self.tokens += step.tokens
            self.full += sum(int(head.full.sum()) for head in step.heads)
            self.clustered += sum(len(head.assignments) for head in step.heads)
            self.far[step.kind] += step.far_tokens
            self.selected[step.kind] += step.selected_tokens
            self.last = step
            yield step

    def rows(self) -> dict[str, str]:
        last = self.last
        clusters = sum(head.clusters_before + int(head.founded.sum()) for head in last.heads)
        return {
            "tokens": f"{self.tokens} in {last.chunk + 1} chunks",
            "layers × KV heads": f"{last.layers} × {last.kv_heads}",
            "clusters": f"{clusters}, {self.full} tokens joined because a table was full",
            "tokens per cluster": f"{self.clustered / clusters:.1f}" if clusters else "none",
            "retrieval ratio, frames": self._ratio(Kind.FRAME),
            "retrieval ratio, text": self._ratio(Kind.QUESTION, Kind.DECODED),
        }

    def _ratio(self, *kinds: Kind) -> str:
        far = sum(self.far[kind] for kind in kinds)
        selected = sum(self.selected[kind] for kind in kinds)
        return f"{100 * selected / far:.1f} % ({selected} of {far})" if far else "no far tokens"


if __name__ == "__main__":
    main()
