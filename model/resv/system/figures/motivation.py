"""Fig. 4b and 4c: where the time goes on an A100."""

from collections.abc import Callable, Sequence

from resv.system.figures import texts
from resv.system.figures.base import Figure, Value, each, result
from resv.system.figures.coin import ANSWER, FRAMES

LONG, USUAL = 80_000, 40_000


def figure_4b(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """A COIN case with InfiniGen."""
    say("a case at 80K")

    def parts(mode: str) -> tuple[float, float, float]:
        frame = result("frame", mode, "a100", "infinigen", LONG)
        question = result("question", mode, "a100", "infinigen", LONG)
        prefill = FRAMES * frame.seconds + question.seconds
        link = FRAMES * frame.busy["link"] + question.busy["link"]
        return prefill, link, ANSWER * result("token", mode, "a100", "infinigen", LONG).seconds

    def prefill(mode: str) -> float:
        first, _, text = parts(mode)
        return 100 * first / (first + text)

    def retrieval(mode: str) -> float:
        first, link, _ = parts(mode)
        return 100 * link / first

    return Figure(
        "4b",
        "An average COIN case at 80K on an A100 with InfiniGen",
        (
            Value("prefill", "% of time", each(modes, prefill), "breakdown.prefill"),
            Value("fetching", "% of prefill", each(modes, retrieval), "breakdown.retrieval"),
        ),
        texts.notes("4b"),
    )


def figure_4c(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """A frame with InfiniGenP."""
    say("a frame at 40K")

    def choice(mode: str) -> float:
        one = result("frame", mode, "a100", "infinigenp", USUAL)
        uses = [use for use in one.log if (use.resource, use.what) == ("engine", "choice")]
        return 100 * sum(use.end - use.begin for use in uses) / one.seconds

    def fetch(mode: str) -> float:
        return 100 * result("frame", mode, "a100", "infinigenp", USUAL).share("link")

    return Figure(
        "4c",
        "A frame at 40K on an A100 with InfiniGenP",
        (
            Value("choosing", "% of time", each(modes, choice), "breakdown.choice"),
            Value("fetching", "% of time", each(modes, fetch), "breakdown.fetch"),
        ),
        texts.notes("4c"),
    )
