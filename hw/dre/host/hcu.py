"""An HCU on a board, programmed from the host (spec section 22)."""

from dataclasses import dataclass, field

from dre.bringup.hcu_config import HCUSystemConfig
from dre.bringup.hcu_map import LETTERS, NAMES, UNITS, VERSION, register_map
from dre.host import identity
from dre.layouts import NO_CAP, ChunkStatus
from dre.packing import pack, unpack

HASH_BITS, ASSIGNMENTS = 0, 0
"""Numbers of the sink and of the source."""

PATIENCE = 8
"""Answers in a row that bring nothing, before a chunk is given up."""


class Stuck(RuntimeError):
    """A chunk is not taken or not answered, though the link answers."""


@dataclass(frozen=True)
class Chunk:
    """What the HCU has said of a chunk: fields of its beats, by name (spec section 9)."""

    header: dict
    trailer: dict
    tokens: list = field(default_factory=list)


class HCUDevice:
    """An HCU with a table of its own, behind a `dre.host.Client`.

    Parameters
    ----------
    client : Client
    config : HCUSystemConfig
        What it must be.

    Raises
    ------
    dre.driver.AnotherDevice
        If it is something else, or has other build parameters.
    """

    def __init__(self, client, config: HCUSystemConfig):
        self._client, self.config, self.table = client, config, register_map(config)
        identity.check(client, self.table, 0, LETTERS, VERSION, config.parameters, NAMES)

    def start(self, *, Th_hd, max_clusters, cluster_cap=None):
        """Forget everything and begin, with these settings."""
        cap = NO_CAP if cluster_cap is None else cluster_cap
        self._put("control", 0)
        self._put("setting_Th_hd", Th_hd)
        self._put("setting_max_clusters", max_clusters)
        self._put("setting_cluster_cap", cap)
        self._put("control", 1)

    def chunk(self, number, clusters, words, context=0):
        """Cluster a chunk: ``words`` are numbers, ``clusters`` is how many there are before it.

        Returns
        -------
        Chunk

        Raises
        ------
        Stuck
            If it is not answered.
        """
        header = {"context": context, "chunk": number, "clusters": clusters, "tokens": len(words)}
        beats = [{"first": 1, "data": {"header": header}}]
        beats += [{"data": {"word": word}} for word in words]
        beats[-1]["last"] = 1
        layout = self.config.hcu.hash_packet
        self._push([pack(layout, beat) for beat in beats])
        return self._answer()

    def counts(self):
        """All counters of the unit and of the link, by unit and name."""
        found = {}
        for unit, (_, names, _) in UNITS.items():
            first = self.table.address_of(f"{unit}_{names[0]}")
            found[unit] = dict(zip(names, self._client.read_words(first, len(names)), strict=True))
        return found

    def errors(self):
        """Names of the sticky bits that are set, by unit; they are cleared."""
        found = {}
        for unit in UNITS:
            register = self.table.register(f"status_{unit}")
            word = self._client.read(register.address)
            if names := {one.name for one in register.fields if word & one.mask}:
                found[unit] = names
                self._client.write(register.address, word)
        return found

    def _put(self, name, word):
        self._client.write(self.table.address_of(name), word)

    def _push(self, beats):
        idle = 0
        while beats:
            taken = self._client.push(HASH_BITS, beats)
            beats, idle = beats[taken:], 0 if taken else idle + 1
            if idle == PATIENCE:
                raise Stuck(f"{len(beats)} beats of a chunk are not taken")

    def _answer(self):
        beats, idle = [], 0
        while not (beats and beats[-1]["last"]):
            found = self._client.pop(ASSIGNMENTS)
            beats += [unpack(self.config.hcu.assignment_packet, beat) for beat in found]
            idle = 0 if found else idle + 1
            if idle == PATIENCE:
                raise Stuck(f"a chunk is not answered after {len(beats)} of its beats")
        header, *tokens, last = (beat["data"] for beat in beats)
        trailer = last["trailer"] | {"status": ChunkStatus(last["trailer"]["status"])}
        return Chunk(header["header"], trailer, [token["token"] for token in tokens])
