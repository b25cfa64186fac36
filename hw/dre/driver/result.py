"""What a driver says of commands."""

from dataclasses import dataclass

from dre.kvmu.layouts import KVOp, KVStatus


@dataclass(frozen=True)
class Result:
    """What became of a command (spec D82, D83).

    Attributes
    ----------
    op : KVOp
    context, chunk : int
    status : KVStatus
    more : bool
        A part waits to be released.
    count : int
        Of grants, tokens delivered or pages written.
    """

    op: KVOp
    context: int
    chunk: int
    status: KVStatus
    more: bool
    count: int


class CommandFailed(RuntimeError):
    """A command ended with another status than OK; ``result`` says which."""

    def __init__(self, result):
        self.result = result
        super().__init__(
            f"{result.op.name} of context {result.context}, chunk {result.chunk}: "
            f"status {result.status.name}"
        )
