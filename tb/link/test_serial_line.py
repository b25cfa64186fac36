"""pyserial's end of a line, over a pseudo-terminal with the simulated device behind it."""

import contextlib
import os
import select
import threading
import tty

import pytest

from dre.host import Client, LineGone, SerialLine
from link.scene_link import wires

pytestmark = pytest.mark.slow  # compiles the device

BITS = 400
"""Of the simulation, between two looks at the terminal."""


class Terminal:
    """A port whose other end is a simulated device, in a thread."""

    def __init__(self):
        self._ours, theirs = os.openpty()
        tty.setraw(theirs)
        self.name, self._theirs = os.ttyname(theirs), theirs
        self._device = wires()  # compiled before anybody waits for an answer
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        line = self._device
        while not self._ended.is_set():
            if select.select([self._ours], [], [], 0.001)[0]:
                line.send(os.read(self._ours, 4_096))
            line.run(BITS)
            if come := line.take():
                os.write(self._ours, come)

    def unplug(self):
        """Both ends go."""
        self._ended.set()
        self._thread.join()
        for end in (self._ours, self._theirs):
            with contextlib.suppress(OSError):
                os.close(end)


@pytest.fixture
def terminal():
    made = Terminal()
    yield made
    made.unplug()


def test_commands_over_a_serial_port_until_it_is_gone(terminal):
    line = SerialLine(terminal.name, 115_200, seconds=5)
    client = Client(line)
    client.write(4, 0x1234_5678)
    assert client.read_words(0, 2) == [0, 0x1234_5678]
    assert client.push(1, [1, 2**74]) == 2
    assert client.pop(1) == [1, 2**74]
    assert client.repeated == 0
    terminal.unplug()
    with pytest.raises(LineGone, match=f"{terminal.name} is gone: "):
        client.read(0)
    line.close()


def test_nobody_answers_in_time(terminal):
    line = SerialLine(terminal.name, 115_200, seconds=0.2)
    line.drain()
    assert line.receive() is None
    line.close()


def test_a_port_that_is_not_there():
    with pytest.raises(LineGone, match="/dev/nowhere cannot be opened: "):
        SerialLine("/dev/nowhere", 115_200)
