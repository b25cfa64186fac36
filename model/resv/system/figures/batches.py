"""Fig. 15: sixteen streams on the edge, against keeping everything in near memory."""

from collections.abc import Callable, Sequence

from resv.system.figures import texts
from resv.system.figures.base import LENGTHS, Figure, Value, each, papers, result, short

BATCH = 16


def figure_15(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Frames a second of 16 streams together."""
    values = []
    for machine, policy, title in (
        ("v-rex8", "kvmu", "V-Rex8"),
        ("v-rex8", "oaken", "Oaken (4 bits)"),
        ("agx-orin", "local", "AGX Orin"),
    ):
        for tokens in LENGTHS:
            say(f"{title}, {short(tokens)}")

            def fps(mode: str, tokens: int = tokens, one=(machine, policy)) -> float:
                return result("frame", mode, *one, tokens, BATCH).fps

            point = "fps.v-rex8.16.40000" if (policy, tokens) == ("kvmu", 40_000) else ""
            own = modes if policy == "kvmu" else papers(modes)
            values.append(Value(f"{title}, {short(tokens)}", "FPS", each(own, fps), point))

    def over(mode: str) -> float:
        base = result("frame", mode, "agx-orin", "local", 1_000, BATCH).fps
        return result("frame", mode, "v-rex8", "kvmu", 1_000, BATCH).fps / base

    why = texts.why("15", "over")
    values.append(
        Value("V-Rex8 over AGX Orin, 1K", "x", each(modes, over), "fps.over-agx.16.1000", why)
    )
    return Figure(
        "15",
        "Sixteen streams on the edge: frames a second in all",
        tuple(values),
        texts.notes("15"),
    )
