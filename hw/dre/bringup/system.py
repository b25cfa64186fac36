"""What all bring-up systems are: something behind a line, with lights."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.bringup.lights import Lights
from dre.bringup.watched import LINK_COUNTER_BITS
from dre.link.config import BAD_FRAMES
from dre.monitor import Monitor


class System(wiring.Component):
    """Two wires and three lights.

    Parameters
    ----------
    config : HCUSystemConfig or DRESystemConfig

    Members
    -------
    rx : In(1), tx : Out(1)
        The wires; ``rx`` is of no clock.
    alive : Out(1)
        Changes twice a second.
    busy : Out(1)
        An answer is being sent, or was a moment ago.
    error : Out(1)
        Something must be looked at: a system says what.
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "rx": In(1, init=1),
                "tx": Out(1, init=1),
                "alive": Out(1),
                "busy": Out(1),
                "error": Out(1),
            }
        )

    def _join_line(self, m, link, hold):
        """Wires and lights to the link; returns the monitor of its bad frames."""
        m.submodules.lights = lights = Lights(self._config.clock_hz)
        m.submodules.frames = frames = Monitor(
            counted=BAD_FRAMES, sticky=BAD_FRAMES, bits=LINK_COUNTER_BITS
        )
        m.d.comb += [
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            link.hold.eq(hold),
            lights.works.eq(link.busy),
            self.alive.eq(lights.alive),
            self.busy.eq(lights.busy),
            frames.events.eq(link.events),
        ]
        return frames
