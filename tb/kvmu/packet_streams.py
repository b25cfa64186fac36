"""The streams on which the KVMU finds packets, and what earlier commands have left on them."""

from dre.packing import pack
from kvmu.golden_kvmu import END, FETCH
from kvmu.packets_kvmu import found_by

STREAMS = {FETCH: "selected", END: "assignments"}


class PacketStreams:
    """``selected`` and ``assignments`` of a build, as commands find them one after the other."""

    def __init__(self, build):
        self._layouts = {name: getattr(build, f"{name}_packet") for name in STREAMS.values()}
        self._left = dict.fromkeys(self._layouts)

    def meet(self, op, packet):
        """The stream on which FETCH or END finds a packet, what it finds there, and its beats.

        What an earlier command has left is found instead of ``packet``, and nothing is sent.

        Returns
        -------
        str, kvmu.packets_kvmu.Packet, list of int
        """
        name = STREAMS[op]
        if self._left[name] is not None:
            packet = found_by(self._left[name], packet.key)
        self._left[name] = packet.left
        return name, packet, [pack(self._layouts[name], beat) for beat in packet.beats]
