"""Commands of the serial link (spec D139), each obeyed once however bad the line is."""

from dataclasses import dataclass

from dre.driver.port import AccessRefused
from dre.host import codec
from dre.host.line import Line

MAGIC = b"VRXL"
VERSION = 1
TRIES = 4
WORD_BYTES = 4
ANSWER_BYTES = codec.MOST_BYTES - codec.LEAST_BYTES
"""What an answer can say."""

MOST_READ = (codec.MOST_BYTES - codec.LEAST_BYTES) // WORD_BYTES
MOST_WRITTEN = MOST_READ - 1
"""Words of a command that reads, and of one that writes: it says an address, too."""

IDENTIFY, READ, WRITE, PUSH, POP = 1, 2, 3, 4, 5
OK, REFUSED, SILENT, BAD_COMMAND, FIRST_BAD_FRAME = 0, 1, 2, 3, 4


class NoAnswer(ConnectionError):
    """Nothing that is an answer came, however often it was asked."""


class Silent(RuntimeError):
    """Registers do not answer; only a reset of the device helps."""


class BadCommand(RuntimeError):
    """The device does not know the command: a mistake of the program that uses it."""


@dataclass(frozen=True)
class Identity:
    """What a link says of itself.

    Attributes
    ----------
    sinks, sources : tuple of int
        Bytes of a beat of each stream.
    """

    sinks: tuple[int, ...]
    sources: tuple[int, ...]


class Client:
    """A device behind a serial link; it is a `dre.driver.Port`.

    Parameters
    ----------
    line : Line
    tries : int
        How often a command is sent at most.

    Attributes
    ----------
    identity : Identity
    repeated : int
        Commands that had to be sent again.

    Raises
    ------
    NoAnswer
        If there is nothing behind the line, or something else.
    ValueError
        If there is a link of another version.
    """

    def __init__(self, line: Line, tries: int = TRIES):
        self._line, self._tries = line, tries
        self._sequence, self.repeated = 0, 0
        self.connect()

    def connect(self):
        """Begin anew: with the same device after its line has been cut, or with another one."""
        self._sequence = 0
        self._line.send(codec.END)  # whatever went before has ended
        self._line.drain()
        answer = self._ask(IDENTIFY)
        if answer[: len(MAGIC)] != MAGIC or len(answer) < len(MAGIC) + 3:
            raise NoAnswer(f"it must say {MAGIC.decode()}, not {answer!r}")
        version, sinks, sources, *bytes_of_beats = answer[len(MAGIC) :]
        if version != VERSION:
            raise ValueError(f"version of the link must be {VERSION}, not {version}")
        if len(bytes_of_beats) != sinks + sources:
            raise NoAnswer(f"it must name {sinks + sources} streams, not {len(bytes_of_beats)}")
        self.identity = Identity(tuple(bytes_of_beats[:sinks]), tuple(bytes_of_beats[sinks:]))

    def read(self, address: int) -> int:
        """As `dre.driver.Port` says."""
        (word,) = self.read_words(address, 1)
        return word

    def write(self, address: int, word: int) -> None:
        """As `dre.driver.Port` says."""
        self._ask(WRITE, _low_first(address, 2) + _low_first(word, WORD_BYTES))

    def wait(self) -> None:
        """As `dre.driver.Port` says: asking takes long enough."""

    def read_words(self, address: int, count: int) -> list[int]:
        """Words at successive addresses; at most `MOST_READ`."""
        answer = self._ask(READ, _low_first(address, 2) + bytes([count]))
        return [_number(part) for part in _parts(answer, WORD_BYTES)]

    def write_words(self, address: int, words: list[int]) -> None:
        """Words to successive addresses."""
        for place in range(0, len(words), MOST_WRITTEN):
            some = words[place : place + MOST_WRITTEN]
            content = b"".join(_low_first(word, WORD_BYTES) for word in some)
            self._ask(WRITE, _low_first(address + WORD_BYTES * place, 2) + content)

    def push(self, sink: int, beats: list[int]) -> int:
        """Offer beats, as numbers; returns how many were taken, from the first one on."""
        size, taken = self.identity.sinks[sink], 0
        most = (ANSWER_BYTES - 1) // size
        while taken < len(beats):
            some = beats[taken : taken + most]
            content = b"".join(_low_first(beat, size) for beat in some)
            (count,) = self._ask(PUSH, bytes([sink]) + content)
            taken += count
            if count < len(some):
                break
        return taken

    def pop(self, source: int) -> list[int]:
        """Beats that wait, as numbers, as many as one answer can hold."""
        size = self.identity.sources[source]
        answer = self._ask(POP, bytes([source, min(ANSWER_BYTES // size, 255)]))
        return [_number(part) for part in _parts(answer, size)]

    def _ask(self, code, content=b""):
        """Send a command until its answer is there; what that says."""
        sequence = self._sequence
        self._sequence = self._sequence % 255 + 1
        frame = codec.END + codec.encode(bytes([sequence, code]) + content)
        for number in range(self._tries):
            if number:
                self.repeated += 1
                self._line.drain()  # of two answers to a damaged frame, both
            self._line.send(frame)
            answer = self._answer(sequence)
            if answer is not None:
                return self._checked(answer, code)
        raise NoAnswer(f"no answer to command {code}, sent {self._tries} times")

    def _answer(self, sequence):
        """What was said with that number, and the status; None if it is to be sent again."""
        while (stuffed := self._line.receive()) is not None:
            if not stuffed:
                continue
            try:
                answer = codec.decode(stuffed)
            except codec.BadFrame:
                return None
            bad = len(answer) == 2 and answer[0] == 0 and answer[1] >= FIRST_BAD_FRAME
            if bad:
                return None
            if answer[0] == sequence:
                return answer[1:]
        return None

    def _checked(self, answer, code):
        *_, status = answer
        if status == REFUSED:
            raise AccessRefused(f"command {code}: the registers refused an access")
        if status == SILENT:
            raise Silent(f"command {code}: the registers do not answer")
        if status != OK:
            raise BadCommand(f"command {code}: status {status}")
        return answer[:-1]


def _low_first(number, size):
    return int(number).to_bytes(size, "little")


def _number(part):
    return int.from_bytes(part, "little")


def _parts(content, size):
    return [content[place : place + size] for place in range(0, len(content), size)]
