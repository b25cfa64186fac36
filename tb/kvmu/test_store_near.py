# amaranth: UnusedElaboratable=no
"""The store in near memory against a dictionary."""

import random
import re

import pytest
from amaranth.hdl import ResetInserter, Signal

from dre.kvmu import NearStore
from kvmu.home_memory import LINE, Habits, home_of
from kvmu.store_scene import HELD_UP_CYCLES
from kvmu.store_user import User, simulate
from kvmu.stored_words import DATA_BITS, stored

BASE = 5
SOME = {"words": 300, "kept_words": 93, "cache_words": 32}
BUILDS = {
    "one-asic": {"words": 1, "cache_words": 8, "address_bits": 16, "preset": "asic"},
    "kept-asic": {"words": 9, "kept_words": 9, "cache_words": 8, "address_bits": 17},
    "odd-fpga": {"words": 37, "cache_words": 8, "address_bits": 33, "preset": "fpga"},
    "some-fpga": {**SOME, "address_bits": 32, "preset": "fpga"},
    "some-asic": {**SOME, "address_bits": 40, "preset": "asic"},
    "pages-asic": {"words": 1201, "cache_words": 64, "address_bits": 40, "preset": "asic"},
    "held-fpga": {"words": 100, "cache_words": 256, "address_bits": 64, "preset": "fpga"},
}
HIT_CYCLES = {"asic": 2, "fpga": 5}
MISS_CYCLES = {"asic": 9, "fpga": 15}


async def work(user, there, rng, words, count):
    """Reads of what was written, and writes; near each other, as lists are."""
    place = 0
    for _ in range(count):
        if rng.random() < 0.3:
            place = rng.randrange(words)
        address = min(words - 1, place + rng.randrange(12))
        if rng.random() < 0.1:
            await user.rest(rng.randint(1, 4))
        while rng.random() < 0.4:
            answer = await user.hint(min(words - 1, place + rng.randrange(40)))
            assert not answer.failed
        if address not in there or rng.random() < 0.4:
            there[address] = rng.getrandbits(DATA_BITS)
            answer = await user.write(address, there[address])
            assert not answer.failed
        else:
            answer = await user.read(address)
            assert answer[:2] == (there[address], 0), address


@pytest.mark.parametrize("kind", range(2))
@pytest.mark.parametrize("name", BUILDS)
def test_what_was_written_is_read(name, kind, seed):
    build = BUILDS[name]
    store, rng = NearStore(**build), random.Random(f"{seed} {name} {kind}")
    words = build["words"]
    home = home_of(store, words, BASE, rng.getrandbits(32))

    async def process(ctx):
        user, there = User(ctx, store), {}
        ctx.set(store.base, BASE)
        await work(user, there, rng, words, 150)
        assert user.corrected == 0
        await user.settle()
        assert not home.busy
        assert {n: home.content[n] for n in there} == {n: stored(x) for n, x in there.items()}
        assert not ctx.get(store.broken)

    simulate(store, process, home.serve)


@pytest.mark.parametrize("preset", HIT_CYCLES)
def test_cycles(preset):
    """In a memory without latency: what is in the cache, what is not, and what is written."""
    store = NearStore(words=512, cache_words=16, address_bits=32, preset=preset)
    home = home_of(store, 512, 0, 0, Habits())
    quick = HIT_CYCLES[preset]

    async def process(ctx):
        user = User(ctx, store)
        await user.rest(5)  # till the lines are empty
        for address in range(20):
            assert (await user.write(address, address)).cycles == quick
        await user.settle()
        for address in range(16):
            miss = address % LINE == 0
            answer = await user.read(address)
            cycles = MISS_CYCLES[preset] if miss else quick
            assert answer == (address, 0, 0, cycles)
        assert (await user.write(7, 123)).cycles == quick
        assert (await user.read(7)) == (123, 0, 0, quick)

    simulate(store, process, home.serve)


@pytest.mark.parametrize("preset", HIT_CYCLES)
def test_lines_come_while_others_are_read(preset):
    """Four hints bring four lines in the time of one; what is here is read meanwhile."""
    store = NearStore(words=512, cache_words=64, address_bits=32, preset=preset)
    home = home_of(store, 512, 0, 0, Habits())
    quick = HIT_CYCLES[preset]

    async def process(ctx):
        user = User(ctx, store)
        for address in range(64):
            await user.write(address, address)
        await user.read(32)
        await user.settle()
        home.habits, begun = Habits(latency=(100, 100)), home.reads
        for line in range(4):
            assert (await user.hint(LINE * line)).cycles <= quick + 1
        assert (await user.hint(2 * LINE + 1)).cycles == HELD_UP_CYCLES[preset], "it is on its way"
        for _ in range(3):
            assert (await user.read(32)) == (32, 0, 0, quick)
            assert (await user.write(33, 99)).cycles == quick
        cycles = sum([(await user.read(LINE * line + line)).cycles for line in range(4)])
        assert cycles < 100 + 4 * LINE + 4 * quick, "they come together"
        assert home.reads - begun == 4
        assert (await user.hint(3 * LINE + 1)).cycles == quick, "it is here"
        assert home.reads - begun == 4
        for line in range(4, 8):
            await user.hint(LINE * line + 64)
        assert (await user.hint(LINE * 8 + 64)).cycles > 70, "no room for a fifth"

    simulate(store, process, home.serve)


@pytest.mark.parametrize("preset", HIT_CYCLES)
def test_what_goes_to_the_place_of_a_line_on_its_way_waits_for_it(preset):
    """Reads, also of another line, and writes, which would not be in what comes."""
    store = NearStore(words=64, cache_words=16, address_bits=20, preset=preset)
    home = home_of(store, 64, 0, 0, Habits())

    async def process(ctx):
        user = User(ctx, store)
        for address in range(64):
            await user.write(address, address)
        await user.settle()
        home.habits = Habits(latency=(50, 50))
        await user.hint(16)
        assert (await user.write(17, 5)).cycles > 40
        assert (await user.read(17)).data == 5
        await user.settle()
        await user.hint(0)
        assert (await user.read(33)).data == 33
        assert (await user.read(1)).cycles > 50
        await user.hint(40)
        assert (await user.read(42))[0] == 42

    simulate(store, process, home.serve)


@pytest.mark.parametrize("preset", HIT_CYCLES)
def test_no_other_line_follows_one_on_its_way_to_the_same_place(preset):
    """It would come over the first one's words while these are read and written."""
    store = NearStore(words=64, cache_words=16, address_bits=20, preset=preset)
    home = home_of(store, 64, 0, 0, Habits(latency=(5, 5)))

    async def process(ctx):
        user = User(ctx, store)
        for address in range(64):
            await user.write(address, address)
        for pause in range(20):
            await user.read(0)
            await user.settle()
            begun = home.reads
            await user.hint(16)
            assert (await user.hint(32)).cycles == HELD_UP_CYCLES[preset], "nothing comes of it"
            await user.rest(pause)
            for address in (17, 16, 18):
                assert (await user.read(address)).data == address, pause
            await user.write(16, 16)
            await user.settle()
            assert home.reads - begun == 1
            for address in (33, 32, 34):
                assert (await user.read(address)).data == address, pause

    simulate(store, process, home.serve)


@pytest.mark.parametrize("preset", HIT_CYCLES)
def test_a_write_while_words_of_another_line_come(preset):
    """One word a cycle goes to the cache; in whatever cycle they meet, none is lost."""
    store = NearStore(words=64, cache_words=16, address_bits=20, preset=preset)
    home = home_of(store, 64, 0, 0, Habits())
    quick = HIT_CYCLES[preset]

    async def process(ctx):
        user = User(ctx, store)
        for address in range(64):
            await user.write(address, address)
        waited = 0
        for pause in range(12):
            await user.read(1)
            await user.read(20)
            await user.settle()
            await user.hint(4)
            await user.rest(pause)
            answer = await user.write(1, 100 + pause)
            waited += answer.cycles > quick
            await user.settle()
            assert (await user.read(1)) == (100 + pause, 0, 0, quick)
            for address in range(4, 8):
                assert (await user.read(address)) == (address, 0, 0, quick)
        assert waited, "they have never met"

    simulate(store, process, home.serve)


@pytest.mark.parametrize("preset", HIT_CYCLES)
def test_a_line_on_its_way_is_something_to_wait_for(preset):
    store = NearStore(words=64, cache_words=16, address_bits=20, preset=preset)
    home = home_of(store, 64, 0, 0, Habits(latency=(50, 50)))

    async def process(ctx):
        user = User(ctx, store)
        await user.hint(16)
        for _ in range(40):
            assert not ctx.get(store.idle)
            await user.rest()
        await user.settle()
        assert home.reads == 1
        assert not home.busy

    simulate(store, process, home.serve)


@pytest.mark.parametrize("preset", HIT_CYCLES)
def test_words_that_are_kept_are_never_read_from_near_memory(preset):
    store = NearStore(words=64, kept_words=21, cache_words=8, address_bits=20, preset=preset)
    home = home_of(store, 64, 0, 0, Habits(latency=(30, 30)))
    quick = HIT_CYCLES[preset]

    async def process(ctx):
        user = User(ctx, store)
        await user.rest(2)
        for address in range(64):
            await user.write(address, address)
        for address in reversed(range(21)):
            assert (await user.hint(address)).cycles == quick
            assert (await user.read(address)) == (address, 0, 0, quick)
        assert home.reads == 0
        assert (await user.read(21)).cycles > 30
        await user.settle()
        assert {n: home.content[n] for n in range(64)} == {n: stored(n) for n in range(64)}

    simulate(store, process, home.serve)


@pytest.mark.parametrize("cache_words", [8, 64])
def test_reset_within_whatever_goes_on(cache_words, seed):
    """Both sides are reset at any moment; what was acknowledged before is there after it."""
    reset, rng = Signal(), random.Random(seed)
    store = NearStore(words=60, cache_words=cache_words, address_bits=20)
    home = home_of(store, 60, BASE, seed, Habits(latency=(0, 9), ready=0.7, answer=0.7))

    async def process(ctx):
        user, there = User(ctx, store), {}
        ctx.set(store.base, BASE)
        for _ in range(10):
            await work(user, there, rng, 60, 10)
            await user.settle()
            unsure = rng.sample(range(60), rng.randrange(3))
            for address in unsure:
                there[address] = rng.getrandbits(DATA_BITS)
                await user.write(address, there[address])
            ctx.set(store.access.en, 1)  # a read that will not end, or has just
            ctx.set(store.access.write, 0)
            ctx.set(store.access.address, rng.randrange(60))
            await ctx.tick().repeat(rng.randint(1, 20))
            ctx.set(store.access.en, 0)
            ctx.set(reset, 1)
            await ctx.tick()
            home.reset(ctx)
            ctx.set(reset, 0)
            for channel in ("ar", "aw", "w"):
                assert not ctx.get(getattr(store.home, channel + "valid"))
            for address, data in list(there.items()):
                if home.word(address) != stored(data):
                    assert address in unsure
                    del there[address]

    simulate(ResetInserter(reset)(store), process, home.serve)


def test_a_write_is_done_before_it_is_acknowledged():
    """Eight of them, then the next one waits; reads of what is in the cache go on."""
    store = NearStore(words=64, cache_words=64, address_bits=20)
    home = home_of(store, 64, 0, 0, Habits())

    async def process(ctx):
        user = User(ctx, store)
        await user.write(9, 99)
        assert (await user.read(9)).data == 99
        await user.settle()
        home.habits = Habits(latency=(400, 400))
        for n in range(8):
            assert (await user.write(n + 8, n)).cycles == 2
            assert not ctx.get(store.idle)
        assert (await user.read(9)) == (1, 0, 0, 2)
        assert (await user.write(16, 5)).cycles > 300
        assert (await user.read(16)).cycles > 700, "its line is read after its acknowledgement"
        await user.settle()

    simulate(store, process, home.serve)


@pytest.mark.parametrize("preset", HIT_CYCLES)
@pytest.mark.parametrize("hint", [False, True])
def test_no_line_is_read_before_a_write_to_it_is_acknowledged(preset, hint):
    """Near memory has the word no earlier; each of the eight writes under way is looked at."""
    store = NearStore(words=64, cache_words=16, address_bits=20, preset=preset)
    home = home_of(store, 64, 0, 0, Habits(latency=(30, 30)))

    async def process(ctx):
        user = User(ctx, store)
        for line in range(16):
            address = LINE * line + line % LINE
            await user.write(address, line)
            if hint:
                await user.hint(address)
            assert (await user.read(address)).data == line
        assert home.reads == 16

    simulate(store, process, home.serve)


def test_a_read_does_not_wait_for_writes_to_other_lines():
    store = NearStore(words=4096, cache_words=8, address_bits=20)
    home = home_of(store, 4096, 0, 0, Habits())

    async def process(ctx):
        user = User(ctx, store)
        for line in range(4):
            await user.write(8 * line, line)
        await user.settle()
        home.habits = Habits(latency=(100, 100))
        await user.write(16, 7)
        assert (await user.read(24)).cycles < 130
        assert (await user.read(16)).data == 7

    simulate(store, process, home.serve)


GOOD = {"words": 64, "kept_words": 8, "cache_words": 16, "address_bits": 40}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("words", 0, "words must be between 1 and 4294967296, not 0"),
        ("words", 2**32 + 1, "words must be between 1 and 4294967296, not 4294967297"),
        ("kept_words", -1, "kept_words must be between 0 and 64, not -1"),
        ("kept_words", 65, "kept_words must be between 0 and 64, not 65"),
        ("cache_words", 4, "cache_words must be between 8 and 65536, not 4"),
        ("cache_words", 2**17, "cache_words must be between 8 and 65536, not 131072"),
        ("cache_words", 24, "cache_words must be a power of two, not 24"),
        ("address_bits", 15, "address_bits must be between 16 and 64, not 15"),
        ("address_bits", 65, "address_bits must be between 16 and 64, not 65"),
        ("preset", "fast", "preset must be one of 'asic', 'fpga', not 'fast'"),
    ],
)
def test_a_value_outside_its_limits_is_refused(name, value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        NearStore(**{**GOOD, name: value})


def test_the_array_fits_the_address_space():
    NearStore(words=8192, cache_words=8, address_bits=16)
    with pytest.raises(ValueError, match=r"^words must be between 1 and 8192, not 8193$"):
        NearStore(words=8193, cache_words=8, address_bits=16)


@pytest.mark.parametrize("name", GOOD)
def test_a_number_is_an_int(name):
    with pytest.raises(TypeError, match=f"^{name} must be an int, not '64'$"):
        NearStore(**{**GOOD, name: "64"})
