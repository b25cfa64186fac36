"""Requests and the packets that must answer them (spec D96 to D98)."""

from collections import deque
from dataclasses import dataclass, field


@dataclass
class Open:
    """A request without its whole answer.

    Attributes
    ----------
    header : dict
    payload : list
        Of the beats that follow, if nothing fails.
    bursts : list of int
        Of those that bring them, numbers in the order in which the port is asked.
    empty : bool
        It has no payload although there are clusters (D100, D101).
    """

    header: dict
    payload: list
    bursts: range
    empty: bool = False
    seen: list = field(default_factory=list)


class Requests:
    """One of the unit's two servers.

    Parameters
    ----------
    build : TableConfig
    port : Reads
        Where it reads.
    item_bytes, clusters : int
        Of a beat of the packet.

    Attributes
    ----------
    open : deque of Open
    unsure : bool
        Answers may be late: a packet may end too early without a fault of a burst.
    cut : int
        Packets that have.
    most_open : int
        Requests that were answered one behind the other.
    """

    def __init__(self, build, port, item_bytes, clusters):
        self._build, self._port = build, port
        self._items = build.burst_bytes // item_bytes
        self._beat_items = build.beat_bytes / item_bytes
        self._clusters = clusters
        self.cut, self.unsure = 0, False
        self.forget()

    def forget(self):
        """After reset."""
        self.open, self._asked = deque(), 0

    def skip_to_now(self):
        """Bursts are counted from here on: what came before is of no request."""
        assert not self.open
        self._asked = len(self._port.bursts)

    def expect(self, header, payload, empty=False):
        """A request that is offered; its answer is what ``payload`` says now."""
        bursts = 0 if empty else -(-len(payload) // self._items)
        begin = self._asked
        self._asked += bursts
        request = Open(header, list(payload), range(begin, begin + bursts), empty)
        self.open.append(request)
        return request

    def _first_failed(self, request):
        """Which beat of the packet's payload is the first that cannot be read; None if all can."""
        for n, number in enumerate(request.bursts):
            burst = self._port.bursts[number] if number < len(self._port.bursts) else None
            if burst is None or burst.fate == "ok":
                continue
            beat = {
                "slverr": burst.due % burst.length,
                "decerr": burst.due % burst.length,
                "short": burst.length - 1,
                "long": burst.beats - 1,
            }[burst.fate]
            item = n * self._items + int(beat * self._beat_items)
            if item < len(request.payload):
                return item
        return None

    def see(self, beat):
        """A beat of the packets."""
        assert self.open, "a beat that nobody asked for"
        request = self.open[0]
        request.seen.append(beat)
        if len(request.seen) == 1:
            self._see_header(request, beat)
            return
        assert not beat["first"], "a header within a packet"
        place = len(request.seen) - 2
        failed = self._first_failed(request)
        count = len(request.payload)
        last = count - 1 if failed is None else failed + (failed == count - 1)
        if self.unsure and beat["last"] and place < count - 1:
            self.cut += 1
            self.open.popleft()
            return
        if self.unsure and place == count - 1 and not beat["last"]:
            return  # the last one is missing: one more will come
        if self.unsure and place == count:
            assert beat["last"], "two beats too many"
            self.cut += 1
            self.open.popleft()
            return
        assert beat["last"] == (place == last), f"beat {place} of {count}, failed: {failed}"
        if failed is None or place < failed:
            self._compare(request, place, beat)
        if beat["last"]:
            self.cut += failed is not None
            self.open.popleft()

    def _see_header(self, request, beat):
        header = beat["data"]["header"]
        assert beat["first"], "a packet without a header"
        assert header == request.header, f"{header}, not {request.header}"
        empty = request.empty or not request.payload
        if self.unsure and beat["last"] and not empty:
            self.cut += 1
            empty = True
        assert beat["last"] == empty
        if empty:
            self.open.popleft()

    def _compare(self, request, place, beat):
        right = request.payload[place]
        if "entry" in beat["data"]:
            entry = beat["data"]["entry"]
            found = (entry["word"], entry["members"])
        else:
            found = unpacked(beat["data"]["entries"], right)
        assert found == right, f"beat {place} of {request.header}: {found}, not {right}"


def unpacked(entries, like):
    """Counts of a beat, as many as there are clusters in it."""
    values = [entries[n] for n in range(len(entries))]
    return values[: len(like)]
