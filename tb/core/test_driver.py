"""The driver against registers that a few lines of Python stand in for."""

from dataclasses import replace

import pytest

from dre.core import DREConfig
from dre.core.register_map import register_map
from dre.driver import AccessRefused, CommandFailed, Driver, Result
from dre.kvmu.layouts import KVOp, KVStatus

BUILD = DREConfig(contexts=3, max_clusters=100, address_bits=60, preset="fpga")
BASES = {"ring": 1, "area": 2**40 + 5, "far": 3, "store": 4, "table": 5}
INIT = {"sink_tokens": 2, "recent_tokens": 8, "max_chunk": 4, "held_back": 16, "frames": 4}


class Stand:
    """A port whose words are what was written, and whose results are what it is told."""

    def __init__(self, build=BUILD, results=()):
        self.table, self.results = register_map(build), list(results)
        self.words = {
            register.address: sum(field.value << field.low for field in register.having("constant"))
            for register in self.table.registers
        }
        self.written, self.waits, self.refuses = [], 0, None

    def place(self, name):
        return self.table.address_of(name)

    def read(self, address):
        if address == self.place("result"):
            return self._result()
        if address == self.place("result_of"):
            result = self.results[0]
            return result.op.value | result.context << 4 | result.chunk << 16
        if address == self.place("state"):
            return 0b111 if self.waits else 0
        return self.words[address]

    def _result(self):
        if not self.results or not self.waits:
            return 0
        result = self.results[0]
        return result.count | result.more << 24 | result.status.value << 25 | 1 << 31

    def write(self, address, word):
        if address == self.refuses:
            raise AccessRefused(f"{address:#x}")
        self.written.append((address, word))
        if address == self.place("result_take"):
            self.results.pop(0)
        if address not in (self.place("counting"), self.place("settings")):
            self.words[address] = word

    def wait(self):
        self.waits += 1


def result(op, status=KVStatus.OK, more=False, count=0):
    return Result(op, 2, 77, status, more, count)


def test_it_learns_its_build_from_the_device():
    assert Driver(Stand()).config == BUILD


@pytest.mark.parametrize(
    ("register", "word", "message"),
    [
        ("id", 7, "id must be 0x562d5258, not 0x00000007"),
        ("version", 0x0200_0000, "version must be 0x00010000, not 0x02000000"),
    ],
)
def test_another_device_is_refused(register, word, message):
    port = Stand()
    port.words[port.place(register)] = word
    with pytest.raises(ValueError, match=message):
        Driver(port)


def test_start_writes_bases_then_runs():
    port = Stand()
    Driver(port).start(**BASES)
    assert (port.place("base_area"), 5) in port.written
    assert (port.place("base_area_high"), 2**8) in port.written
    assert port.written[-1] == (port.place("control"), 1)
    assert port.waits == 1


@pytest.mark.parametrize(
    ("bases", "message"),
    [
        ({"ring": 1}, "bases must be ring, area, far, store, table, not ring"),
        ({}, "bases must be ring, area, far, store, table, not none"),
        (BASES | {"far": 2**48}, f"far must be between 0 and {2**48 - 1}, not {2**48}"),
        (BASES | {"far": -1}, f"far must be between 0 and {2**48 - 1}, not -1"),
    ],
)
def test_bad_bases(bases, message):
    port = Stand()
    with pytest.raises(ValueError, match=message):
        Driver(port).start(**bases)
    assert not [written for written in port.written if written[0] == port.place("control")]


def test_stop_quiesces_first():
    port = Stand()
    Driver(port).stop()
    assert port.written == [(port.place("control"), 3), (port.place("control"), 0)]
    assert port.waits == 1


def test_settings_are_taken_at_once():
    port = Stand()
    Driver(port).configure(Th_hd=7, TH=9, K=2**15, k=18)
    written = dict(port.written)
    assert written[port.place("setting_max_clusters")] == BUILD.max_clusters
    assert written[port.place("setting_cluster_cap")] == 2**16 - 1
    assert written[port.place("setting_threshold")] == 9
    assert port.written[-1] == (port.place("settings"), 1)


def test_a_chunk_is_grant_fetch_releases_end():
    results = [
        result(KVOp.GRANT, count=4),
        result(KVOp.FETCH, more=True, count=30),
        result(KVOp.RELEASE, more=True, count=20),
        result(KVOp.RELEASE),
        result(KVOp.END, count=1),
    ]
    port = Stand(results=results)
    driver, parts = Driver(port), []
    for part in driver.chunk(2, 77, 4):
        parts.append(part)
    assert parts == results[1:4]
    given = [word for address, word in port.written if address == port.place("command")]
    assert [word & 7 for word in given] == [2, 3, 4, 4, 5]
    assert {word >> 4 for word in given} == {2 | 77 << 12}
    assert not port.results


def test_a_command_that_fails_says_which():
    port = Stand(results=[result(KVOp.INIT, KVStatus.REFUSED)])
    with pytest.raises(
        CommandFailed, match="INIT of context 2, chunk 77: status REFUSED"
    ) as caught:
        Driver(port).begin(2, **INIT)
    assert caught.value.result == replace(result(KVOp.INIT), status=KVStatus.REFUSED)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"token": 1}, "field of a command must be one of .*'tokens'], not 'token'"),
        ({"tokens": 2**16}, "tokens must be between 0 and 65535, not 65536"),
    ],
)
def test_bad_fields(more, message):
    port = Stand()
    with pytest.raises(ValueError, match=message):
        Driver(port).give(KVOp.GRANT, 0, 0, **more)
    assert not port.written


def test_a_refused_command_is_an_error():
    port = Stand()
    port.refuses = port.place("command")
    with pytest.raises(AccessRefused):
        Driver(port).free(1)


def test_counts_have_64_bits():
    port = Stand()
    for number, count in enumerate(port.table.counts):
        low = port.place(count.name)
        port.words[low], port.words[low + 4] = number, 2 * number
    counts = Driver(port).counts()
    assert list(counts.values()) == [n | 2 * n << 32 for n in range(len(port.table.counts))]
    assert (port.place("counting"), 1) in port.written


def test_errors_by_unit_and_their_end():
    port = Stand()
    port.words[port.place("status_kvmu")] = 0b1000_0010
    port.words[port.place("status_control")] = 0b1000
    driver = Driver(port)
    assert driver.errors() == {"kvmu": {"bad_command", "broken"}, "control": {"refused"}}
    assert not port.written
    driver.errors(clear=True)
    assert port.written == [
        (port.place("status_kvmu"), 0b1000_0010),
        (port.place("status_control"), 0b1000),
    ]


def test_causes_of_interrupts():
    port = Stand()
    driver = Driver(port)
    driver.enable("result", "broken")
    assert port.written == [(port.place("interrupt_enable"), 0b1001)]
    with pytest.raises(ValueError, match="cause must be one of result, room, error, broken"):
        driver.enable("results")
