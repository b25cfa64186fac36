"""A trace as a KVMU's commands: what ReSV selects of each chunk, all layers and KV heads side by
side, one context each. Given to a device in a bench, or to a plan.
"""

from kvmu import packets_kvmu
from kvmu.golden_kvmu import END, FETCH, GRANT, INIT, RELEASE

HELD_BACK = 64
"""So little that the excerpt uses far memory."""


class Traced:
    """One trace in one scene.

    Parameters
    ----------
    scene : kvmu.scene_kvmu.Scene or kvmu.planned_kvmu.Plan
    timed : callable
        Awaited with a command and its packet, or None: gives the command and lets it end. Returns
        its `kvmu.golden_kvmu.Outcome`, and how long it took in any words.
    config : resv.Config
        Of ReSV.
    """

    def __init__(self, scene, timed, config):
        self._scene, self._timed, self._config = scene, timed, config

    async def begin(self, contexts):
        """So many contexts."""
        build, config = self._scene.build, self._config
        for context in range(contexts):
            settings = {
                "sink_tokens": config.sink_tokens,
                "recent_tokens": config.recent_tokens,
                "max_chunk": config.max_chunk,
                "held_back": HELD_BACK,
                "frames": build.frames // build.contexts,
            }
            await self._timed({"op": INIT, "context": context, **settings}, None)

    async def play(self, context, number, head):
        """One chunk of one context.

        Returns
        -------
        dict
            What is measured of it; of ``fetching`` and ``ending`` a list, what each command took.
        """
        scene, timed = self._scene, self._timed
        named = {"context": context, "chunk": number % 2**16}
        await timed({"op": GRANT, **named, "tokens": len(head.clusters)}, None)
        state = scene.golden.model.context(context)
        command = {"op": FETCH, **named}
        known, selected = state.clusters, head.selected_clusters.tolist()
        packet = packets_kvmu.selected(scene.rng, scene.build, command, selected, known)
        made, took = await timed(command, packet)
        counts, parts, fetching = made.counts.copy(), 1, [took]
        while made.result["more"]:
            made, took = await timed({"op": RELEASE, **named}, None)
            counts += made.counts
            fetching.append(took)
            parts += made.result["more"]
        command = {"op": END, **named}
        cluster_of = [cluster for cluster in head.clusters.tolist() if cluster >= 0]
        packet = packets_kvmu.assigned(scene.rng, scene.build, command, cluster_of, known)
        made, ended = await timed(command, packet)
        return {
            "chunk": number,
            "context": context,
            "tokens": len(head.clusters),
            **{name: counts[name] for name in ("from_ring", "from_area", "from_far", "pages_read")},
            "parts": parts,
            "fetching": fetching,
            "ending": [ended],
            "written": made.counts["pages_written"],
            **places(state),
        }


def places(state):
    """How many tokens are where: entries near, pages far, and of those which are near, too."""
    return {
        "sinks": min(state.tokens, state.config.sink_tokens),
        "recent": len(state.slots) - state.held.count,
        "held": state.held.count,
        "far": len(state.pages),
        "resident": len(state.area.pages()),
    }


def summed(row, cycles):
    """A row with numbers for lists: the sum of what ``cycles`` makes of each."""
    return row | {name: sum(map(cycles, row[name])) for name in ("fetching", "ending")}
