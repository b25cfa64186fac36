"""Words of metadata: what they hold, and where they are (spec D88)."""

import operator
from functools import reduce

from amaranth.hdl import Cat, Mux, Signal
from amaranth.lib import data
from amaranth.utils import ceil_log2

from dre.layouts import CHUNK_BITS

WORD_BITS = 56
DESCRIPTOR_WORDS = 16
CLUSTER_WORDS = 3
MOST_SINKS = 255
ALIGNED = 64
"""Tables begin at a multiple of this."""


def records(config):
    """Layouts by name of the record."""
    slot, page, frame, cluster = config.slot, config.page, config.frame, config.cluster
    extent = config.extent
    place = max(page.width, frame.width)
    fields = {
        "slot": {"position": config.position, "cluster": cluster, "link": slot},
        "frame": {"page": page, "full": 1, "used": 1, "before": frame, "behind": frame},
        "page": {
            "link": page,
            "wanted": config.page_entries,
            "resident": 1,
            "place": place,
            "begins": 1,
        },
        "pair": {"even": config.position, "odd": config.position},
        "extent": {"page": page, "place": config.place, "less_one": config.place, "next": extent},
        "held": {"first": slot, "last": slot, "count": config.slots},
        "growth": {"before": cluster, "behind": cluster, "next": cluster},
        "extents": {"far": 1, "first": extent, "last": extent},
    }
    return {name: data.StructLayout(layout) for name, layout in fields.items()}


def descriptor(config):
    """What is kept of a context: layout, and its fields by word.

    Lists have their ends here; whether there is anything between is told by a count. ``age``: slots
    of tokens that are not far tokens yet, of which there are ``slots`` - ``held``. ``growth``:
    clusters with something held. ``whole``: those that fill a page.
    """
    slot, page, frame, cluster = config.slot, config.page, config.frame, config.cluster
    fields = {
        "sink_tokens": 8,
        "recent_tokens": 16,
        "max_chunk": config.chunk_tokens,
        "held_back": config.slots,
        "capacity": config.slots,
        "frames": range(config.frames + 1),
        "tokens": config.tokens,
        "old": range(max(config.max_tokens, MOST_SINKS) + 1),  # from the sinks on
        "chunk": CHUNK_BITS,
        "granted": config.chunk_tokens,
        "fetching": 1,
        "slots": config.slots,
        "held": config.slots,
        "sink_first": slot,
        "sink_last": slot,
        "sink_next": slot,
        "age_first": slot,
        "age_last": slot,
        "granted_first": slot,
        "growth_first": cluster,
        "growth_last": cluster,
        "whole": config.clusters,
        "whole_first": cluster,
        "whole_last": cluster,
        "known": config.clusters,
        "founded": config.clusters,
        "pages": config.pages,
        "page_first": page,
        "page_last": page,
        "extents": range(config.extents + 1),
        "frame_first": frame,
        "frame_last": frame,
        "missing": config.pages,
        "missing_first": page,
    }
    layout = data.StructLayout(fields)
    return layout, _words(layout)


def _words(layout):
    """Fields by word: in their order, none across two words."""
    words = [[]]
    room = WORD_BITS
    for name, field in layout:
        if field.width > room:
            words.append([])
            room = WORD_BITS
        words[-1].append(name)
        room -= field.width
    return words


def tables(config):
    """First word of each table, and how many words there are in all."""
    sizes = {
        "descriptor": DESCRIPTOR_WORDS * config.contexts,
        "frame": config.frames,
        "slot": config.near_slots,
        "page": config.far_pages,
        "pair": config.far_pages * config.page_entries // 2,
        "extent": config.extents,
        "cluster": config.contexts * CLUSTER_WORDS << ceil_log2(config.max_clusters),
    }
    bases, end = {}, 0
    for name, words in sizes.items():
        bases[name] = end
        end += -(-words // ALIGNED) * ALIGNED
    return bases, end


CLUSTER_WORD = {"held": 0, "growth": 1, "extents": 2}
"""Which of a cluster's words a record is."""

KINDS = ("descriptor", "slot", "frame", "page", "pair", "extent", *CLUSTER_WORD)
"""Of records."""


def index_bits(config):
    """Of the largest index of a record."""
    pairs = config.far_pages * config.page_entries // 2
    clusters = 2 ** ceil_log2(config.max_clusters)
    most = max(config.near_slots, config.frames, config.far_pages, pairs, config.extents, clusters)
    return max(1, ceil_log2(most))


def address(m, config, kinds, index, context):
    """The word of a record.

    Parameters
    ----------
    m : Module
    config : KVMUConfig
    kinds : Value
        A bit for each of `KINDS`: which record it is.
    index : Value
        Of a slot, frame, page, pair, extent or cluster; of a descriptor's word.
    context : Value
        Whose cluster, or descriptor.
    """
    bases, words = tables(config)
    bits = ceil_log2(config.max_clusters)
    is_cluster = Cat(kinds[KINDS.index(kind)] for kind in CLUSTER_WORD).any()
    cluster = Signal(range(words), name="cluster_number")
    m.d.comb += cluster.eq(Cat(index[:bits], context) if bits else context)
    word = Cat(index[: ceil_log2(DESCRIPTOR_WORDS)], context)
    place, first = Signal(range(words), name="place"), Signal(range(words), name="first_word")
    m.d.comb += place.eq(index)
    with m.If(is_cluster):
        m.d.comb += place.eq(cluster + (cluster << 1))
    with m.Elif(kinds[KINDS.index("descriptor")]):
        m.d.comb += place.eq(word)
    firsts = []
    for number, kind in enumerate(KINDS):
        base = bases.get(kind, bases["cluster"]) + CLUSTER_WORD.get(kind, 0)
        firsts.append(Mux(kinds[number], base, 0))
    m.d.comb += first.eq(reduce(operator.or_, firsts))
    return (first + place)[: len(place)]


def check_words(config):
    """Check that every record fits a word, and every descriptor its words.

    Raises
    ------
    ValueError
        If one does not; the message names it.
    """
    for name, layout in records(config).items():
        bits = layout.size
        if bits > WORD_BITS:
            raise ValueError(f"a word of metadata must have room for a {name}, not {bits} bits")
    _, words = descriptor(config)
    if len(words) > DESCRIPTOR_WORDS:
        limit = f"of at most {DESCRIPTOR_WORDS} words"
        raise ValueError(f"contexts must have descriptors {limit}, not {len(words)}")
