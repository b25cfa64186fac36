"""All of a trace through the compiled KVMU, held to the golden model.

Keys and values are not the trace's: each entry's bytes are its own, so that no other one could
stand in its place.
"""

import random
from collections import Counter
from dataclasses import replace

import resv
from kvmu import replay_kvmu
from kvmu.planned_kvmu import Plan, at_once
from kvmu.replay_kvmu import Given, Run
from kvmu.traced_kvmu import Traced, summed
from kvmu.wrong_kvmu import difference, name_of, wrong_monitor
from replayed import FastReplay
from resv.replay import for_trace
from simulate import BUILD

PATIENCE_CYCLES = 1_000_000


class TracePlan:
    """The commands of a trace, one after the other: each waits until the one before has ended.

    Attributes
    ----------
    rows : list of dict
        As `kvmu.traced_kvmu.Traced.play` gives them; what a command took is its number.
    names : list of str
        Of the commands.
    """

    def __init__(self, build, trace, seed):
        self.plan = Plan(build, random.Random(seed), Counter())
        self.rows, self.names = [], []
        self._trace, self._config = trace, for_trace(resv.Config.paper(), trace)

    def steps(self, say):
        """Yield the steps for `kvmu.replay_kvmu.write`, as they are made."""
        layers, heads, *_ = self._trace.k.shape
        contexts = min(layers * heads, self.plan.build.contexts)
        traced = Traced(self.plan, self._timed, self._config)
        at_once(traced.begin(contexts))
        stream = resv.ReSV(self._config, engine="fast").start()
        for chunk in self._trace.chunks(self._config.max_chunk):
            step = stream.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
            for context in range(contexts):
                self.rows.append(at_once(traced.play(context, step.chunk, step.heads[context])))
            say(f"golden model: chunk {step.chunk}, {self.plan.commands:,} commands")
            yield from self._taken()

    def _taken(self):
        """What has been planned; it is not kept here."""
        steps, self.plan.steps = self.plan.steps, []
        self.names += [name_of(step.made) for step in steps if isinstance(step, Given)]
        return steps

    async def _timed(self, command, packet):
        made = await self.plan.give(command, packet)
        await self.plan.finish()
        return made, self.plan.commands - 1


def replay_trace(trace, builds, seed, say, folder=None):
    """All chunks of a trace through builds of several presets.

    Returns a `FastReplay` of each, its rows as ``bench_kvmu_replay`` measures them. ``folder`` is
    where the stimulus goes; by default beside the first build's program.
    """
    configs = list(builds.values())
    if len({replace(config, preset=configs[0].preset) for config in configs}) > 1:
        raise ValueError(f"builds must differ in their preset only, not as {configs}")
    folder = folder or BUILD / "fast" / next(iter(builds))
    folder.mkdir(parents=True, exist_ok=True)
    told, path = TracePlan(configs[0], trace, seed), folder / "trace.bin"
    run = Run(seed=seed, bases=told.plan.bases, patience_cycles=PATIENCE_CYCLES)
    replay_kvmu.write(path, configs[0], told.steps(say), run)
    replays = []
    for name, config in builds.items():
        say(f"{name}: building")
        made = replay_kvmu.build_program(config, name)
        say(f"{name}: {told.plan.commands:,} commands")
        replays.append(_fast_replay(told, replay_kvmu.replay(made, path)))
    return replays


def _fast_replay(told, replayed):
    answers, first = replayed.answers, None
    wrong = difference(told.names, replayed) or wrong_monitor(told.plan.counts, replayed)
    if wrong and not all(one.ended and one.right for one in answers):
        number = next(n for n, one in enumerate(answers) if not (one.ended and one.right))
        rows = told.rows
        first = next((row["chunk"] for row in rows if row["ending"][0] >= number), None)
    return FastReplay(
        [summed(row, lambda n: max(0, answers[n].ended - answers[n].given)) for row in told.rows],
        replayed.mismatches,
        wrong,
        first,
        None,
        replayed.cycles,
        replayed.seconds,
        replayed.processor_seconds,
    )
