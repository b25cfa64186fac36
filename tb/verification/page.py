"""The page ``docs/verification.md``: a part a unit, in it a summary and a section a tool.

The page is its own memory: what is not run again stays as it is. Markers in comments say where a
part and a section begin and end; the rows of the summary end with a link to their section.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from verification.section import Section

HEAD = """# Verification

How far can this hardware be trusted? This page is the answer of `make verify`, which wrote it:
every figure below was measured by that command, stands beside its target, and can be measured again
with the seed that is given. A missed target fails the command. How the tools work:
[verifying.md](verifying.md). What the hardware must do: [spec.md](spec.md).
"""

HELP = """*must* fails `make verify` when it is missed; *aim* does not. A range is over the builds
of the tool's own table. "-modified" after a commit means that files differed from it."""


@dataclass(frozen=True)
class Report:
    """What one tool found, how long it took (s), its seed, and `versions.read` of the run."""

    section: Section
    seconds: float
    seed: int
    origin: dict


def update(text, core, reports, without, order):
    """The page after a run.

    Parameters
    ----------
    text : str
        The page before; empty if there is none.
    core : str
        The unit.
    reports : dict of str to Report
        By tool: the sections to be replaced.
    without : dict of str to str
        Tools that gave no section, and why.
    order : list of str
        All tools, as they shall follow each other.
    """
    parts = _marked(text, "part")
    old = parts.get(core, "")
    sections = {tool: _marked(old, core).get(tool, "") for tool in order}
    rows = {tool: _old_rows(old, core, tool) for tool in order}
    for tool, reason in without.items():
        sections[tool], rows[tool] = "", [_row(f"{tool}: {reason}", "–", "a gap", "–")]
    for tool, report in reports.items():
        sections[tool] = _section(core, tool, report)
        rows[tool] = _summary(core, tool, report)
    body = [f"## {core.upper()}", "", "| claim | figure | target | section |", "|---|---|---|---|"]
    body += [row for tool in order for row in rows[tool]]
    body += ["", HELP, ""]
    body += [_wrapped(core, tool, sections[tool]) for tool in order if sections[tool]]
    parts[core] = "\n".join(body)
    return "\n".join([HEAD, *(_wrapped("part", name, parts[name]) for name in sorted(parts))])


def replace(path, text):
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _wrapped(kind, name, body):
    return f"<!-- begin {kind} {name} -->\n{body.strip()}\n<!-- end {kind} {name} -->\n"


def _marked(text, kind):
    """What stands between the markers of a kind, by name."""
    pattern = rf"<!-- begin {kind} (\w+) -->\n(.*?)\n<!-- end {kind} \1 -->"
    return {match[1]: match[2] for match in re.finditer(pattern, text, re.DOTALL)}


def _anchor(core, tool):
    return f"{core}-{tool}"


def _old_rows(part, core, tool):
    """The summary's rows of a tool, as they are; and a gap's."""
    end, gap = f"[{tool}](#{_anchor(core, tool)}) |", f"| {tool}: "
    return [line for line in part.splitlines() if line.endswith(end) or line.startswith(gap)]


def _row(*cells):
    return "| " + " | ".join(cells) + " |"


def _summary(core, tool, report):
    """A row for each figure that has a target, with its range over builds."""
    groups = {}
    for figure in report.section.figures:
        if figure.must or figure.aim:
            groups.setdefault((figure.figure, figure.unit, figure.must, figure.aim), []).append(
                figure
            )
    link = f"[{tool}](#{_anchor(core, tool)})"
    for (name, unit, must, aim), group in groups.items():
        values = sorted({figure.value for figure in group})
        shown = " to ".join(dict.fromkeys(_number(v) for v in (values[0], values[-1])))
        missed = not all(figure.meets(must) for figure in group)
        shown = f"{shown} {unit}".strip()
        shown = f"**{shown}, missed**" if missed else shown
        yield _row(_escaped(name), shown, _target(must, aim), link)


def _target(must, aim):
    return ", ".join(f"{kind} {text}" for kind, text in (("must", must), ("aim", aim)) if text)


def _number(value):
    return f"{value:,.6g}" if abs(value) < 1e5 else f"{value:,.0f}"


def _section(core, tool, report):
    """One tool's figures, notes and origin."""
    section, origin = report.section, report.origin
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    versions = ", ".join(f"{name} {number}" for name, number in origin["versions"].items())
    lines = [
        f'### <a id="{_anchor(core, tool)}"></a>{section.title}',
        "",
        f"{date}, commit `{origin['commit']}`, seed {report.seed}, {report.seconds:,.0f} s. "
        f"With {versions}. Again: `make verify CORE={core} SEED={report.seed} TOOL={tool}`.",
        "",
        section.about,
        "",
        "| figure | of | value | target | details |",
        "|---|---|---|---|---|",
    ]
    for figure in section.figures:
        more = "; ".join(_escaped(text) for text in (figure.bound, figure.baseline) if text)
        value = f"{_number(figure.value)} {figure.unit}".strip()
        if not figure.meets(figure.must):
            value = f"**{value}, missed**"
        cells = (_escaped(figure.figure), _escaped(figure.trace), value)
        lines.append(_row(*cells, _target(figure.must, figure.aim), more))
    lines += ["", *(f"- {note}" for note in section.notes)]
    return "\n".join(lines)


def _escaped(text):
    return text.replace("|", "\\|")
