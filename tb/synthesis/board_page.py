"""A report of a board's build, for people."""

from boards import BOARDS
from synthesis import flows


def page(report):
    """Markdown; ``report`` as it is written as JSON."""
    clock, cells = report["clock"], report["cells"]
    lines = [
        f"# {report['title']}",
        "",
        f"Revision {report['revision']}; {_listed(report['tools'])}.",
        f"HCU: {_listed(report['parameters'])}.",
        "",
        f"{cells['luts']:,} LUTs, {cells['flip_flops']:,} flip-flops, "
        f"{cells['block_rams']} block RAMs, {cells['multipliers']} multipliers.",
        "",
        *_rows(("resource", "used", "there", "share"), _used(report)),
        "",
        "## Clock",
        "",
        *_rows(
            ("what", "target MHz", "min", "median", "max", "slack, best seed, ns", "worst"),
            [_clock("the system", clock), *_alone(report)],
        ),
        "",
        f"The bitstream is that of seed {clock['best_seed']}.",
        "",
        *_path(report["critical_path"]),
        "",
        "## Units",
        "",
        *_rows(("unit", "logic cells", "share", "block RAMs"), _units(report["units"])),
        "",
        "![Where the units lie on the chip](floorplan.png)",
        "",
        "## Memories",
        "",
        *_rows(
            ("memory", "words", "bits", "block RAMs"),
            [tuple(one.values()) for one in report["memories"]],
        ),
        "",
        "## Time",
        "",
        *_rows(("step", "seconds"), report["seconds"].items()),
        "",
    ]
    return "\n".join(lines)


def _listed(values):
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _rows(head, rows):
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


def _used(report):
    names = flows.of(BOARDS[report["board"]]).resources
    for name, one in report["used"].items():
        share = one["used"] / one["available"] if one["available"] else 0
        yield names[name], f"{one['used']:,}", f"{one['available']:,}", f"{share:.0%}"


def _clock(what, clock):
    return (
        what,
        *(clock[name] for name in ("target_mhz", "min_mhz", "median_mhz", "max_mhz")),
        *(clock[name] for name in ("slack_ns", "worst_slack_ns")),
    )


def _alone(report):
    if alone := report.get("alone"):
        yield _clock("the HCU's search alone (must, slowest seed)", alone)


def _path(path):
    yield f"Longest path, {path['ns']} ns: from `{path['begins']}` to `{path['ends']}`."
    yield ""
    wires = [(kind, ns, f"`{net}`" if net else "") for kind, ns, net in path["steps"]]
    yield from _rows(("step", "ns", "net"), wires)


def _units(units):
    total = sum(one["logic_cells"] for one in units.values())
    for name, one in units.items():
        share = one["logic_cells"] / total
        yield f"`{name}`", f"{one['logic_cells']:,}", f"{share:.1%}", one["block_rams"]
