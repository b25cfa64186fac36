"""A trace for a scene, chunk by chunk."""

from dataclasses import replace

import resv
from core.build_core import BUILD, SETTINGS
from core.trace_core import of_trace
from dre.layouts import NO_CAP
from resv.replay import for_trace

RECENT_TOKENS, HELD_BACK = 40, 16


class Player:
    """A trace for a scene, chunk by chunk."""

    def __init__(self, contexts):
        self.trace = resv.load_trace(SETTINGS["trace"])
        self.config = replace(
            for_trace(resv.Config.paper(), self.trace),
            wicsum="integer",
            max_chunk=BUILD.max_chunk,
            recent_tokens=SETTINGS.get("recent_tokens", RECENT_TOKENS),
        )
        self.contexts = min(contexts, BUILD.contexts)

    async def play(self, scene, chunks, before=lambda number: False):
        """All of it from the beginning; ``before`` each chunk: whether the HCU fails at first.

        Returns
        -------
        list of dict
            As `core.scene_core.Scene.play`.
        """
        config, frames = self.config, BUILD.frames // self.contexts
        held_back = SETTINGS.get("held_back", HELD_BACK)
        await scene.begin(self.contexts, config, held_back, frames)
        settings = {
            "Th_hd": config.Th_hd,
            "max_clusters": min(config.max_clusters, BUILD.max_clusters),
            "cluster_cap": config.cluster_cap or NO_CAP,
        }
        scale, rows = config.scale_for(self.trace.k.shape[3]), []
        for works in of_trace(self.trace, config, BUILD, self.contexts, chunks):
            rows += await scene.play(works, settings, scale, before(works[0].number))
        return rows
