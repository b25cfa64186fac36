"""Fig. 14: an average COIN case, from the first frame to the last word."""

from collections.abc import Callable, Sequence

from resv.system.figures import texts
from resv.system.figures.base import LENGTHS, Figure, Value, each, result, short
from resv.system.figures.latency import made_of

FRAMES, ANSWER = 26, 39
"""Frames and generated tokens; the question has 25 tokens."""


def seconds(mode: str, machine: str, policy: str, tokens: int, text_policy: str = "") -> float:
    """The whole case on caches of so many tokens; they hardly grow meanwhile."""
    frame = result("frame", mode, machine, policy, tokens).seconds
    question = result("question", mode, machine, policy, tokens).seconds
    token = result("token", mode, machine, text_policy or policy, tokens).seconds
    return FRAMES * frame + question + ANSWER * token


def figure_14(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """End to end."""
    values = []
    for title, text in (("FlexGen", ""), ("FlexGen, text with 6.8 %", "infinigen")):
        for tokens in LENGTHS:
            say(f"{title}, {short(tokens)}")

            def ratio(mode: str, tokens: int = tokens, text: str = text) -> float:
                base = seconds(mode, "agx-orin", "flexgen", tokens, text)
                return base / seconds(mode, "v-rex8", "kvmu", tokens)

            why = "" if text or tokens == LENGTHS[0] else texts.why("14", "plain")
            what = f"speedup over {title}, {short(tokens)}"
            times = made_of("frame", "edge", tokens) + made_of("token", "edge", tokens)
            values.append(
                Value(
                    what, "x", each(modes, ratio), f"endtoend.{tokens}", why,
                    made_of=() if text else times,
                )
            )  # fmt: skip
    return Figure(
        "14",
        "End to end on an average COIN case (26 frames, 25 tokens asked, 39 answered), edge",
        tuple(values),
        texts.notes("14"),
    )
