"""``make verify``: run every verification tool on a unit and write ``docs/verification.md``.

With TOOL= only that tool; its section of the page is replaced, the others stay.
"""

import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.util import find_spec

from rich.console import Console
from rich.markup import escape

import figures
import settings
from simulate import BUILD, ROOT, UNITS
from verification import one_tool, page, versions

console = Console(highlight=False, soft_wrap=True)

TOOLS = (
    *("sizes", "coverage", "powerup", "mutation", "upsets", "formal", "equivalence"),
    *("postsynthesis", "endurance"),
)
"""Modules of ``tb/verification``; a unit brings ``tb/<core>/<tool>_<core>.py`` for each."""
OWN = ("sizes", "postsynthesis", "endurance")
"""Tools that only some units need: others replay long traces elsewhere."""
CORES = (*UNITS, "bus", "dre")
"""Units, the part that is no part of one of them, and all of them joined."""
PAGE = ROOT / "docs" / "verification.md"
AT_ONCE = 2


def main():
    """Exit status 0, 1 (a ``must`` was missed or a tool failed) or 2 (wrong use)."""
    try:
        chosen = settings.read(cores=CORES)
        tools = chosen_tools(chosen.core, os.environ.get("TOOL", "").strip())
    except settings.Usage as error:
        settings.fail(f"make verify: {error}")
    core, seed = chosen.core, chosen.seed
    ready = [tool for tool in tools if usable(core, tool)]
    if not ready:
        one = tools[0] if len(tools) == 1 else "<tool>"
        settings.fail(f"make verify: CORE={core} needs tb/{core}/{one}_{core}.py; there is none")
    gaps = [tool for tool in tools if tool not in (*ready, *OWN)]
    console.print(f"{core}, seed {seed}: {', '.join(ready) or 'no tool'}; full counts, take time")
    origin = versions.read()
    try:
        results, failures = run_all(core, ready, seed)
    except KeyboardInterrupt:
        console.print(f"stopped; {os.path.relpath(PAGE)} is as it was")
        sys.exit(130)
    for tool in tools:
        if tool in results:
            show(core, tool, results[tool], origin, seed)
    for tool in gaps:
        console.print(f"[yellow]gap[/yellow] {tool}: not there for {core}")
    reports = {tool: page.Report(*results[tool], seed, origin) for tool in results}
    without = dict.fromkeys(gaps, "not there yet") | dict.fromkeys(failures, "did not finish")
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    page.replace(PAGE, page.update(old, core, reports, without, list(TOOLS)))
    console.print(f"page: {os.path.relpath(PAGE)}")
    for tool, reason in failures.items():
        console.print(f"[red]failed[/red] {tool}: {escape(reason)}")
    failed = set(failures)
    for tool, (section, _) in results.items():
        for figure in section.missed:
            failed.add(tool)
            name = f"{tool}, {figure.figure}, {figure.trace}"
            console.print(f"[red]missed[/red] {escape(name)}: {figure.value}, must {figure.must}")
    if failed:
        only = f" TOOL={failed.pop()}" if len(failed) == 1 else ""
        print(f"reproduce: make verify CORE={core} SEED={seed}{only}", flush=True)
        sys.exit(1)


def chosen_tools(core, tool):
    """All tools, or the one that is asked for.

    Raises
    ------
    settings.Usage
        If there is no such tool, or not for this unit, or none at all for it.
    """
    there = [name for name in TOOLS if usable(core, name)]
    if not there:
        raise settings.Usage(f"CORE={core} has none of the tools yet: {', '.join(TOOLS)}")
    if tool and tool not in there:
        raise settings.Usage(f"TOOL must be one of {', '.join(there)}, not {tool!r}")
    return [tool] if tool else list(TOOLS)


def usable(core, tool):
    """Whether the tool exists, and the unit brings what it needs."""
    modules = (f"verification.{tool}", settings.brought(core, tool))
    try:
        return all(find_spec(name) is not None for name in modules)
    except ModuleNotFoundError:  # not even the folder
        return False


def run_all(core, tools, seed):
    """Run tools, two at a time, each in a process of its own.

    Returns
    -------
    dict of tool to (Section, seconds), and dict of tool to reason for those that failed
    """
    results, failures, latest = {}, {}, {}
    processes = one_tool.Tools()
    with console.status("verifying") as status, ThreadPoolExecutor(AT_ONCE) as pool:

        def say(tool, text):
            latest[tool] = text
            status.update(" | ".join(escape(text) for text in latest.values()))

        jobs = {pool.submit(processes.run, core, tool, seed, say): tool for tool in tools}
        try:
            for job in as_completed(jobs):
                tool = jobs[job]
                latest.pop(tool, None)
                try:
                    results[tool] = job.result()
                    console.print(f"{tool}: done in {results[tool][1]:,.0f} s")
                except RuntimeError as error:
                    failures[tool] = str(error)
                    console.print(f"{tool}: failed")
        except KeyboardInterrupt:
            processes.stop()
            raise
    return results, failures


def show(core, tool, result, origin, seed):
    """Print a section, and write it as JSON."""
    section, seconds = result
    console.print(figures.table(f"{core}: {section.title}", section.figures))
    for note in section.notes:
        console.print(f"- {escape(note)}")
    path = BUILD / "verify" / core / f"{tool}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    written = {
        "tool": tool,
        "core": core,
        "seed": seed,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        **origin,
        **asdict(section),
    }
    path.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    console.print(f"results: {os.path.relpath(path)}")


def stop(*_):
    """Being told to end is like being interrupted: tools are ended too."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    main()
