"""Chunks of hash words for a board with an HCU."""

from dre.host.hcu import HCUDevice
from hcu.expect_hcu import Expectations, difference
from onboard.expected import Totals, answer, filling, of_excerpt
from onboard.part import Differs, Part


class HCUPlay:
    """See `onboard.play.Player`.

    Parameters
    ----------
    config : HCUSystemConfig
        What the board must have.
    """

    def __init__(self, config):
        self._config = config

    def parts(self, seed):
        """What a self-test plays."""
        build = self._config.hcu
        chunks = {"excerpt": of_excerpt(build), "full table": filling(build, seed)}
        return [Part(name, len(work), work) for name, work in chunks.items()]

    def open(self, client):
        """The board, if it is the one that is meant.

        Raises
        ------
        dre.driver.AnotherDevice
        """
        return HCUDevice(client, self._config)

    def play(self, device, part, say):
        """One part; how many tokens were decided."""
        first, build = part.work[0], self._config.hcu
        device.start(
            Th_hd=first.Th_hd, max_clusters=first.max_clusters, cluster_cap=first.cluster_cap
        )
        golden, totals, clusters = Expectations(build), Totals(), 0
        for number, chunk in enumerate(part.work):
            say(number)
            words = [int.from_bytes(word.tobytes(), "little") for word in chunk.words]
            said = device.chunk(number, clusters, words)
            expected = golden.expect(chunk)
            seen = answer(number, clusters, said, build.hash_bits)
            if text := difference(chunk, number, expected, seen):
                raise Differs(f"{part.name}, chunk {number}: {text}")
            totals.add(expected.assignments)
            clusters = expected.after
        say(part.size)
        self._end(device, part, totals)
        return totals.tokens

    def _end(self, device, part, totals):
        """Counters and sticky bits."""
        if text := totals.difference(device.counts()["hcu"]):
            raise Differs(f"{part.name}: {text}")
        if bits := device.errors().get("hcu"):
            raise Differs(f"{part.name}: sticky bits must be clear, not {', '.join(sorted(bits))}")
