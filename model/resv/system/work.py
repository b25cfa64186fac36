"""What a chunk asks of the machine, operation by operation: operations, bytes, cycles (D151)."""

from dataclasses import dataclass, field, replace

from resv.system.assumptions import Assumptions
from resv.system.link import Transfer, transfer
from resv.system.model import WORD, Model
from resv.system.platform import Platform
from resv.system.policy import Policy

HASH_BITS = 32


@dataclass(frozen=True)
class Operation:
    """What the engine does in one piece.

    Attributes
    ----------
    name : str
    flops : float
        Operations; a multiplication and an addition are two.
    bytes : float
        Of near memory, read and written.
    seconds : float
        At the rates assumed: the longer of both, or what is said of it.
    memory_seconds : float
        Of these near memory is busy.
    """

    name: str
    flops: float
    bytes: float
    seconds: float
    memory_seconds: float


@dataclass(frozen=True)
class Choice:
    """What the DRE does for a layer: seconds, and bytes that it reads from near memory again."""

    seconds: float
    bytes: float
    memory_seconds: float


@dataclass(frozen=True)
class Layer:
    """One layer of a chunk: before the choice, the choice, its fetch, and what follows."""

    before: tuple[Operation, ...]
    choice: Choice | None
    fetch: Transfer | None
    written_bytes: float
    after: tuple[Operation, ...]


@dataclass(frozen=True)
class Work:
    """A chunk: a frame, a question or a generated token, of ``batch`` streams at once.

    Attributes
    ----------
    first, last : tuple of Operation
        Before and behind the layers.
    layers : tuple of Layer
    """

    first: tuple[Operation, ...]
    layers: tuple[Layer, ...]
    last: tuple[Operation, ...]
    tokens: int
    batch: int
    hidden: bool = field(default=True)

    @property
    def operations(self) -> list[Operation]:
        """All that the engine does."""
        inner = [one for layer in self.layers for one in (*layer.before, *layer.after)]
        return [*self.first, *inner, *self.last]

    @property
    def flops(self) -> float:
        """Operations in all."""
        return sum(one.flops for one in self.operations)

    @property
    def dram_bytes(self) -> float:
        """Bytes of near memory in all: the engine's, the DRE's, what comes and goes."""
        choices = sum(layer.choice.bytes for layer in self.layers if layer.choice)
        moved = self.fetched_bytes + self.written_bytes
        return sum(one.bytes for one in self.operations) + choices + moved

    @property
    def written_bytes(self) -> float:
        """Keys and values that leave for far memory."""
        return sum(layer.written_bytes for layer in self.layers)

    @property
    def fetched_bytes(self) -> float:
        """Bytes that far memory gives."""
        return sum(layer.fetch.read_bytes for layer in self.layers if layer.fetch)


def build(
    model: Model, platform: Platform, policy: Policy, assumed: Assumptions, *,
    kind: str, tokens: int, chunk: int, batch: int,
) -> Work:  # fmt: skip
    """The work of one chunk.

    Parameters
    ----------
    kind : {"frame", "question", "token"}
    tokens : int
        Cached tokens before the chunk, of each stream.
    chunk, batch : int
        Tokens of the chunk of one stream; streams that go together.
    """
    make = _Maker(platform, assumed)
    rows = chunk * batch
    attended = assumed.attended_tokens(kind, tokens, batch) + chunk
    kv = model.kv_bytes * assumed.near_bits / 16
    qkv = make("qkv", 2.0 * rows * model.qkv_weights, WORD * model.qkv_weights + rows * kv)
    products = 4.0 * rows * model.heads * model.head_size * attended
    attention = make("attention", products, batch * attended * kv, assumed.attention_efficiency)
    out = make("feed-forward", 2.0 * rows * model.out_weights, WORD * model.out_weights)
    before, choice = (qkv,), None
    chooses = kind == "token" or policy.predicts_frames
    if chooses and policy.predicts == "engine":
        before += (_choice_on_engine(make, model, policy, assumed, kind, tokens, chunk, batch),)
    elif chooses and policy.predicts == "dre":
        clusters = tokens / assumed.cluster_tokens(tokens)
        before += (_scores(make, model, rows, batch, clusters),)
        choice = _choice(model, platform, assumed, chunk, batch, clusters)
    fetch = _fetch(model, platform, policy, assumed, kind, tokens, batch)
    written = rows * model.kv_bytes * assumed.link_bits / 16 if policy.offloads else 0.0
    layer = Layer(before, choice, fetch, written, (attention, out))
    head = make("words", 2.0 * batch * model.head_weights, WORD * model.head_weights)
    flops, weights = batch * model.vision_flops, WORD * model.vision_weights
    vision = make("vision", flops, weights, assumed.vision_efficiency)
    first = (vision,) if kind == "frame" else ()
    hidden = assumed.hides_frames if kind != "token" else assumed.hides_text
    return Work(first, (layer,) * model.layers, (head,), chunk, batch, hidden)


class _Maker:
    """Operations on a machine."""

    def __init__(self, platform: Platform, assumed: Assumptions) -> None:
        self._flops = platform.flops
        self._bytes = platform.dram_rate * assumed.dram_efficiency
        self._linear = assumed.linear_efficiency

    def __call__(
        self, name: str, flops: float, size: float, efficiency: float | None = None
    ) -> Operation:
        compute = flops / (self._flops * (efficiency or self._linear))
        memory = size / self._bytes
        return Operation(name, flops, size, max(compute, memory), memory)


def _choice_on_engine(
    make: _Maker, model: Model, policy: Policy, assumed: Assumptions, kind: str,
    tokens: int, chunk: int, batch: int,
) -> Operation:  # fmt: skip
    """Scores against all that represents the cache; takes the fitted time if there is one."""
    represented = policy.depth * tokens * batch
    flops = 2.0 * chunk * model.heads * model.head_size * represented
    size = represented * model.kv_heads * model.head_size * WORD
    one = make("choice", flops, size)
    fitted = None if assumed.choice_s is None else assumed.choice_s(kind, chunk, tokens)
    if fitted is None:
        return one
    return replace(one, seconds=max(batch * fitted, one.memory_seconds))


def _scores(make: _Maker, model: Model, rows: int, batch: int, clusters: float) -> Operation:
    """Hash bits, and queries times mean keys, which the LLM's engine computes."""
    hashes = 2.0 * rows * model.kv_heads * model.head_size * HASH_BITS
    products = 2.0 * rows * model.heads * model.head_size * clusters
    keys = batch * clusters * model.kv_heads * model.head_size * WORD
    return make("hash bits and scores", hashes + products, keys)


def _choice(
    model: Model, platform: Platform, assumed: Assumptions, chunk: int, batch: int, clusters: float
) -> Choice:
    rows = chunk * (model.heads // model.kv_heads)
    one = assumed.cycles(chunk, rows, clusters)
    contexts = batch * model.kv_heads
    rounds = -(-contexts // platform.cores)
    size = contexts * one.spilled_bytes
    memory = size / (platform.dram_rate * assumed.dram_efficiency)
    return Choice(max(rounds * one.cycles / (platform.clock_mhz * 1e6), memory), size, memory)


def _fetch(
    model: Model, platform: Platform, policy: Policy, assumed: Assumptions, kind: str,
    tokens: int, batch: int,
) -> Transfer | None:  # fmt: skip
    if not policy.offloads:
        return None
    moved = batch * assumed.moved_tokens(kind, tokens, batch)
    if moved <= 0:
        return None
    return transfer(
        platform,
        moved * model.kv_bytes * assumed.link_bits / 16,
        assumed.piece_bytes,
        packets=assumed.packets,
        efficiency=assumed.link_efficiency,
        reads_s=assumed.reads_s,
    )
