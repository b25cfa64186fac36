"""Packets that FETCH and END take, right or wrong, and what must be made of them (D84, D85)."""

from dataclasses import dataclass, replace

import broken_packets
from kvmu.golden_kvmu import OK, OUT_OF_STEP, VOID

STALE = 0x8000
"""Added to a chunk's number: that of a chunk which is none."""


@dataclass(frozen=True)
class Packet:
    """A packet, and what it means to the command that finds it.

    Attributes
    ----------
    key : tuple
        What the command must agree with: context, chunk, and for END tokens.
    beats : list of dict
        To be sent; empty if it lies there already.
    clusters : list of int
        What is selected, or where each token went.
    status : int
    left : Packet or None
        What the command leaves on the stream, for the next one.
    fault : str
    """

    key: tuple
    beats: list
    clusters: list
    status: int = OK
    left: object = None
    fault: str = "none"


def beat(kind, values, first=0, last=0):
    """One beat."""
    return {"first": first, "last": last, "data": {kind: values}}


def found_by(packet, key):
    """What a packet that lies on the stream is to the command with this key: its own, or not."""
    found = replace(packet, beats=[])
    if packet.key == key:
        return found
    return replace(found, clusters=[], status=OUT_OF_STEP, left=None, fault="not its own")


def stale(packet):
    """Of another chunk: a packet to be found behind one that breaks off."""
    head = packet.beats[0]
    header = {**head["data"]["header"]}
    header["chunk"] ^= STALE
    beats = [{**head, "last": 1, "data": {"header": header}}]
    key = (packet.key[0], header["chunk"], *packet.key[2:])
    return Packet(key, beats, [], OUT_OF_STEP)


def selected(rng, build, command, clusters, known):
    """A right packet of ``selected``: the clusters in any order of beats.

    The clusters of the packet are in the order in which its masks have them.
    """
    lanes, order = build.lanes, []
    left, beats = list(clusters), []
    while left:
        place = rng.choice(left) // lanes
        mine = [one for one in left if one // lanes == place]
        mine = sorted(
            rng.sample(mine, rng.randint(1, len(mine)) if rng.random() < 0.3 else len(mine))
        )
        order += mine
        left = [one for one in left if one not in mine]
        mask = sum(1 << one % lanes for one in mine)
        beats.append(beat("part", {"beat": place, "mask": mask}))
        if rng.random() < 0.1:
            beats.append(beat("part", {"beat": place, "mask": 0}))
    key = (command["context"], command["chunk"])
    header = {"context": key[0], "chunk": key[1], "clusters": known}
    status = rng.choice([0, 0, 1, 3])  # of the WTU: nothing that it says of its rows matters here
    beats.insert(0, beat("header", header, first=1))
    beats.append(beat("trailer", {"entries": len(order), "status": status}, last=1))
    return Packet(key, beats, order)


def assigned(rng, build, command, cluster_of, known):
    """A right packet of ``assignments``."""
    key = (command["context"], command["chunk"], len(cluster_of))
    header = {"context": key[0], "chunk": key[1], "clusters": known, "tokens": key[2]}
    beats = [beat("header", header, first=1)]
    for cluster in cluster_of:
        founded = cluster == known
        known += founded
        rest = {
            "full": rng.getrandbits(1),
            "distance": rng.randrange(build.hash_bits + 1),
            "word": rng.getrandbits(build.hash_bits),
        }
        beats.append(beat("token", {"cluster": cluster, "founded": int(founded), **rest}))
    trailer = {"clusters": known, "status": OK}
    beats.append(beat("trailer", trailer, last=1))
    return Packet(key, beats, list(cluster_of))


def _wrong(packet, beats, clusters=(), status=OUT_OF_STEP, left=None):
    more = left.beats if left else []
    return replace(packet, beats=[*beats, *more], clusters=list(clusters), status=status, left=left)


def _other(**change):
    """A header that does not belong to the command."""

    def fault(rng, packet):
        return _wrong(packet, broken_packets.change_header(**change)(packet.beats))

    return fault


def _stray(rng, packet):
    """Beats before the header are dropped, and nothing is wrong."""
    fault = rng.choice([broken_packets.stray, broken_packets.stray_ends])
    return replace(packet, beats=fault(packet.beats))


def _header_only(rng, packet):
    return _wrong(packet, broken_packets.header_only(packet.beats)[:1])


def _begun_twice(rng, packet):
    """A header, and the packet: which is left for the next command."""
    return _wrong(packet, broken_packets.after_header(packet.beats), left=packet)


def clusters_of(beats, lanes):
    """What parts among these beats select, in their order."""
    parts = [one["data"]["part"] for one in beats if "part" in one["data"]]
    return [
        part["beat"] * lanes + bit
        for part in parts
        for bit in range(lanes)
        if part["mask"] >> bit & 1
    ]


def _selected_cut(rng, packet, lanes):
    """It breaks off somewhere, and another packet follows."""
    beats = [{**one, "last": 0} for one in packet.beats[: rng.randint(1, len(packet.beats) - 1)]]
    return _wrong(packet, beats, clusters_of(beats, lanes), left=stale(packet))


def _selected_short(rng, packet, lanes):
    """A part is missing: the trailer says so."""
    filled = [n for n, one in enumerate(packet.beats) if clusters_of([one], lanes)]
    if not filled:
        return None
    beats = broken_packets.without(packet.beats, rng.choice(filled))
    return _wrong(packet, beats, clusters_of(beats, lanes))


def _selected_more(rng, packet, lanes):
    """More is selected, or less, than the trailer says."""
    last = packet.beats[-1]
    entries = last["data"]["trailer"]["entries"]
    trailer = {**last["data"]["trailer"], "entries": entries - 1 if entries else 1}
    beats = [*packet.beats[:-1], {**last, "data": {"trailer": trailer}}]
    return _wrong(packet, beats, packet.clusters)


def selected_faults(lanes):
    """Faults of ``selected`` by name: of a generator and a right packet, or None for some."""

    def of(fault):
        return lambda rng, packet: fault(rng, packet, lanes)

    return {
        "other context": _other(context=lambda number: number ^ 1),
        "other chunk": _other(chunk=lambda number: number ^ 1),
        "stray beats": _stray,
        "header only": _header_only,
        "begun twice": _begun_twice,
        "cut": of(_selected_cut),
        "too few": of(_selected_short),
        "other count": of(_selected_more),
    }


def _assigned_cut(rng, packet):
    beats = [{**one, "last": 0} for one in packet.beats[: rng.randint(1, len(packet.beats) - 1)]]
    return _wrong(packet, beats, left=stale(packet))


def _endless(rng, packet):
    return _wrong(packet, broken_packets.endless(packet.beats), left=stale(packet))


def _longer(rng, packet):
    return _wrong(packet, broken_packets.longer(packet.beats))


def _trailer(rng, packet, **changes):
    last = packet.beats[-1]
    trailer = {**last["data"]["trailer"], **changes}
    return [*packet.beats[:-1], {**last, "data": {"trailer": trailer}}]


def _failed(rng, packet):
    """The HCU says that the chunk has failed, behind all its tokens or before."""
    status = rng.randint(1, 3)
    beats = _trailer(rng, packet, status=status)
    tokens = rng.randint(0, len(beats) - 2)
    return _wrong(packet, [*beats[: 1 + tokens], beats[-1]], status=VOID)


def _too_few(rng, packet):
    if len(packet.beats) < 3:
        return None
    return _wrong(packet, broken_packets.without(packet.beats, 1))


def _other_clusters(rng, packet):
    """The trailer counts another number of clusters."""
    clusters = packet.beats[-1]["data"]["trailer"]["clusters"]
    beats = _trailer(rng, packet, clusters=clusters - 1 if clusters else 1)
    return _wrong(packet, beats, status=VOID)


def _unknown_cluster(rng, packet, most):
    """A token of a cluster behind the next one."""
    known = packet.beats[0]["data"]["header"]["clusters"]
    named = 1 << max(1, (most - 1).bit_length())  # some of these can never be
    if len(packet.beats) < 3 or known + 1 >= named:
        return None
    first = packet.beats[1]
    token = {**first["data"]["token"], "cluster": rng.randrange(known + 1, named)}
    beats = [packet.beats[0], {**first, "data": {"token": token}}, *packet.beats[2:]]
    return _wrong(packet, beats, status=VOID)


def one_cluster_too_many(packet, most):
    """Where all clusters exist: a token founds one more, and the trailer counts it.

    None if a packet of the build cannot say that.
    """
    if most + 1 >= 1 << most.bit_length():
        return None
    first = packet.beats[1]
    token = {**first["data"]["token"], "cluster": most, "founded": 1}
    last = packet.beats[-1]
    trailer = {**last["data"]["trailer"], "clusters": most + 1}
    told = [{**first, "data": {"token": token}}, {**last, "data": {"trailer": trailer}}]
    return _wrong(packet, [packet.beats[0], *told], status=VOID)


def assigned_faults(most):
    """Faults of ``assignments`` by name; ``most``: clusters of the build."""
    return {
        "other context": _other(context=lambda number: number ^ 1),
        "other chunk": _other(chunk=lambda number: number ^ 1),
        "other tokens": _other(tokens=lambda number: number - 1 if number else 1),
        "stray beats": _stray,
        "header only": _header_only,
        "begun twice": _begun_twice,
        "cut": _assigned_cut,
        "endless": _endless,
        "too many": _longer,
        "too few": _too_few,
        "failed": _failed,
        "other clusters": _other_clusters,
        "unknown cluster": lambda rng, packet: _unknown_cluster(rng, packet, most),
    }
