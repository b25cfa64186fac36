"""Fig. 18: how much of what near memory allows is reached, at 40K, batch 4."""

from collections.abc import Callable, Sequence

from resv.system import paper
from resv.system.figures import texts
from resv.system.figures.base import Figure, Value, each, papers, result
from resv.system.model import WORD, load_model
from resv.system.platform import load_platform
from resv.system.run import MODEL

TOKENS, BATCH = 40_000, 4
ROWS = (
    ("flexgen", "agx-orin", "AGX + FlexGen"),
    ("rekv", "agx-orin", "AGX + ReKV"),
    ("kvmu", "v-rex8", "V-Rex8"),
)


def dense() -> tuple[float, float]:
    """Operations and bytes of the language model for a frame of each stream, all attended."""
    model = load_model(MODEL)
    layer = model.qkv_weights + model.out_weights
    rows = model.frame_tokens * BATCH
    flops = 2.0 * rows * layer * model.layers
    flops += 4.0 * rows * model.heads * model.head_size * TOKENS * model.layers
    size = WORD * layer * model.layers + BATCH * TOKENS * model.kv_bytes_all
    return flops, float(size)


def figure_18(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Roofline."""
    flops, size = dense()
    intensity = paper.points()["roofline.intensity"]
    values = [
        Value(
            "operations a byte",
            "Op/B",
            dict.fromkeys(papers(modes), flops / size),
            "roofline.intensity",
        )
    ]
    for policy, machine, title in ROWS:
        say(title)
        attainable = intensity * load_platform(machine).dram_rate

        def reached(mode: str, one=(machine, policy), attainable: float = attainable) -> float:
            seconds = result("frame", mode, *one, TOKENS, BATCH).seconds
            return 100 * flops / seconds / attainable

        values.append(
            Value(
                f"{title}, of attainable", "%",
                each(modes if policy == "kvmu" else papers(modes), reached), f"roofline.{policy}",
            )
        )  # fmt: skip
    return Figure(
        "18",
        "Roofline at 40K, batch 4: operations a second, of 15.2 Op/B at 204.8 GB/s",
        tuple(values),
        texts.notes("18"),
    )
