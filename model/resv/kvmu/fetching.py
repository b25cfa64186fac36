"""A selection is planned, and delivered part by part (D66, D67, D86)."""

from collections.abc import Callable, Sequence

from resv.kvmu.config import KVConfig
from resv.kvmu.contexts import Context, Extent, Fetch
from resv.kvmu.parts import Part, Piece, first_pages, merged

Fails = Callable[[int], bool]
"""Whether moving a page fails, retries included; told the page, once for each attempt to move it
that the model makes."""


def never(page: int) -> bool:
    """All is well."""
    return False


def plan(config: KVConfig, state: Context, clusters: Sequence[int]) -> Fetch:
    """What is here, and what has to be read, in which order."""
    fetch, window = Fetch(), []
    for n, cluster in enumerate(clusters):
        for extent in state.extents.get(cluster, ()):
            _plan_extent(config, state, fetch, window, extent)
        for token in state.held.tokens(cluster):
            fetch.ready.append(Piece((token,), config.slot_address(state.slots[token])))
            state.counters.from_ring += 1
        if n % config.window == config.window - 1 or n == len(clusters) - 1:
            fetch.missing += merged(window, config.most_pages)
            window = []
    return fetch


def _plan_extent(
    config: KVConfig, state: Context, fetch: Fetch, window: list[int], extent: Extent
) -> None:
    page = extent.page
    frame = state.area.use(page)
    if frame is not None:
        fetch.hits.add(page)
        address = config.frame_address(frame, extent.place)
        fetch.ready.append(Piece(extent.tokens, address))
        state.counters.from_area += len(extent.tokens)
        return
    if page not in fetch.wanted:
        fetch.wanted[page] = []
        window.append(page)
    fetch.wanted[page].append(extent)


def next_part(config: KVConfig, state: Context, fails: Fails) -> Part:
    """As many of the missing pages as there is room for beside what the part uses."""
    fetch, counters = state.fetch, state.counters
    reads, fetch.missing = first_pages(fetch.missing, len(state.area) - len(fetch.hits))
    pages = [read.page + n for read in reads for n in range(read.pages)]
    failed = tuple(page for page in pages if fails(page))
    placed, evicted = state.area.place(pages, frozenset(failed))
    read, lost = _arrived(config, fetch, placed, failed)
    pieces = fetch.ready + read
    counters.pages_hit += len(fetch.hits)
    counters.pages_read += len(pages)
    counters.reads += len(reads)
    counters.from_far += sum(len(piece.tokens) for piece in read)
    counters.selected += sum(len(piece.tokens) for piece in pieces)
    counters.lost += len(lost)
    counters.parts += 1
    fetch.ready, fetch.hits = [], set()
    return Part(
        reads=tuple(reads),
        frames=tuple(placed),
        failed=failed,
        lost=tuple(lost),
        evicted=tuple(evicted),
        pieces=tuple(pieces),
        more=bool(fetch.missing),
        entry_bytes=config.entry_bytes,
    )


def _arrived(
    config: KVConfig, fetch: Fetch, placed: Sequence[tuple[int, int]], failed: Sequence[int]
) -> tuple[list[Piece], list[int]]:
    """What is wanted of pages that were read, by their places; tokens of those that failed."""
    pieces, lost = [], []
    for page, frame in placed:
        for extent in sorted(fetch.wanted[page], key=lambda extent: extent.place):
            if page in failed:
                lost += extent.tokens
                continue
            address = config.frame_address(frame, extent.place)
            pieces.append(Piece(extent.tokens, address))
    return pieces, lost
