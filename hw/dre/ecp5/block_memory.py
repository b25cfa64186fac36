"""A memory in block RAMs (EBR) of an ECP5, read through their output registers."""

from amaranth.hdl import Cat, ClockSignal, Const, Elaboratable, Instance, Module, Mux, Signal, Value

WORD_BITS = 36
WORDS = 512
"""Of a block in its widest form, the ninth bits of bytes included."""

ADDRESS_BITS = 9

SETTINGS = {
    "DATA_WIDTH_W": WORD_BITS,
    "DATA_WIDTH_R": WORD_BITS,
    "REGMODE": "OUTREG",
    "GSR": "DISABLED",
    "RESETMODE": "SYNC",
    "ASYNC_RESET_RELEASE": "SYNC",
    "CSDECODE_W": "0b000",
    "CSDECODE_R": "0b000",
}


class BlockMemory(Elaboratable):
    """Body of a `dre.memory.SyncMemory` with a latency of 2: columns of 36 bits, rows of 512 words.

    The block does not say what a read gives of a word that is written in the same cycle: modes of
    writing only tell what the writing port itself shows, and the open tools' description of the
    cell (``brams_16kd.txt`` of Yosys) leaves it open, too. Unless the memory is ``apart``, each
    word is therefore written a cycle late and given from beside the block when it is read in that
    cycle: so a read never sees the write beside it, and sees all before.

    Unlike the generic body's, its output register keeps its word in a reset.

    Parameters
    ----------
    memory : SyncMemory
        Whose ports it drives.
    """

    def __init__(self, memory):
        self._memory = memory

    def elaborate(self, platform):
        m = Module()
        memory = self._memory
        data = Value.cast(memory.write_data)
        en, address = memory.write_en, memory.write_address
        shown = Signal(len(data))
        if not memory.apart:
            late_en = Signal(reset_less=True)  # the generic body writes in reset, too
            late_address = Signal.like(address, reset_less=True)
            late_data = Signal(len(data), reset_less=True)
            m.d.sync += [late_en.eq(en), late_address.eq(address), late_data.eq(data)]
            en, address, data = late_en, late_address, late_data
        bank, place = _split(address)
        read_bank, read_place = _split(memory.read_address)
        words = []
        for n in range(-(-memory.depth // WORDS)):
            word = Signal(len(data), name=f"word_{n}")
            for low in range(0, len(data), WORD_BITS):
                part = word[low : low + WORD_BITS]
                m.submodules[f"block_{n}_{low}"] = _block(
                    part,
                    memory.read_en,
                    read_place,
                    en & (bank == n if len(bank) else 1),
                    place,
                    data[low:],
                )
            words.append(word)
        if len(words) > 1:
            read_bank = _delayed(m, "bank", read_bank, memory.read_en)
        m.d.comb += shown.eq(_element(words, read_bank))
        if not memory.apart:
            met = en & (address == memory.read_address)
            met = _delayed(m, "met", met, memory.read_en)
            beside = _delayed(m, "beside", data, memory.read_en)
            with m.If(met):
                m.d.comb += shown.eq(beside)
        m.d.comb += Value.cast(memory.read_data).eq(shown)
        return m


def _split(address):
    """Which block, and where in it; both of them of bits that may be none."""
    return address[ADDRESS_BITS:], address[:ADDRESS_BITS]


def _element(words, index):
    """A word of several, by multiplexers over the index's bits."""
    if len(words) == 1:
        return words[0]
    half = 1 << (len(words) - 1).bit_length() - 1
    upper = _element(words[half:], index[: (len(words) - half - 1).bit_length()])
    return Mux(index[(len(words) - 1).bit_length() - 1], upper, _element(words[:half], index))


def _delayed(m, name, value, en):
    """A value as the block delays what it reads."""
    for stage in range(2):
        register = Signal(len(value), name=f"{name}_{stage}", reset_less=True)
        with m.If(en):
            m.d.sync += register.eq(value)
        value = register
    return value


def _block(word, read_en, read_place, write_en, write_place, data):
    """One PDPW16KD. ``CER`` holds the read, ``OCER`` the output register."""
    bits = len(word)
    connections = {
        "i_CLKW": ClockSignal(),
        "i_CLKR": ClockSignal(),
        "i_CEW": write_en,
        "i_CER": read_en,
        "i_OCER": read_en,
        "i_RST": Const(0),
    }
    for n in range(3):
        connections |= {f"i_CSW{n}": Const(0), f"i_CSR{n}": Const(0)}
    for n in range(4):
        connections[f"i_BE{n}"] = Const(1)
    read_place = Cat(Const(0, 5), read_place)  # in units of a bit of 32
    for n in range(9):
        connections[f"i_ADW{n}"] = _bit(write_place, n)
    for n in range(14):
        connections[f"i_ADR{n}"] = _bit(read_place, n)
    for n in range(WORD_BITS):
        connections[f"i_DI{n}"] = data[n] if n < bits else Const(0)
        connections[f"o_DO{n}"] = word[n] if n < bits else Signal(name=f"unused_{n}")
    settings = {f"p_{name}": value for name, value in SETTINGS.items()}
    return Instance("PDPW16KD", **settings, **connections)


def _bit(value, n):
    return value[n] if n < len(value) else Const(0)
