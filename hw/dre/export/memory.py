"""All memories of an export are instances of one Verilog module, for a vendor's to take its place.

Without it a large memory would also be as many lines of zeros as it has words.
"""

from amaranth.hdl import ClockSignal, Elaboratable, Instance, Module, Signal, Value

TEXT = """\
// A memory with one writer and one reader; all memories of the unit are instances of this module.
// A vendor's memory may stand here. What it must do:
// - Read data come after the clock edge with read_en, and stay until the next such edge.
// - They are the word as it was before that edge: a write to the same address there is not seen.
//   With APART = 1 such a word is not used, and may be anything.
// - Addresses are below DEPTH when they matter. Nothing depends on what it holds at the beginning:
//   zeros are only written for simulation.
module {name} #(
    parameter WIDTH = 1,
    parameter DEPTH = 2,
    parameter ADDRESS_BITS = 1,
    parameter APART = 0
) (
    input                     clk,
    input                     write_en,
    input  [ADDRESS_BITS-1:0] write_address,
    input  [WIDTH-1:0]        write_data,
    input                     read_en,
    input  [ADDRESS_BITS-1:0] read_address,
    output reg [WIDTH-1:0]    read_data
);
  reg [WIDTH-1:0] words [0:DEPTH-1];

  always @(posedge clk) begin
    if (write_en) words[write_address] <= write_data;
    if (read_en) read_data <= words[read_address];
  end

`ifndef SYNTHESIS
  integer n;
  initial begin
    for (n = 0; n < DEPTH; n = n + 1) words[n] = {{WIDTH{{1'b0}}}};
    read_data = {{WIDTH{{1'b0}}}};
  end
`endif
endmodule
"""


def module(name):
    """Text of the module that the memories are, under a name."""
    return TEXT.format(name=name)


class Platform:
    """Platform for elaboration: every memory becomes an instance of a module.

    Parameters
    ----------
    name : str
        The module's.
    """

    def __init__(self, name):
        self.name = name

    def sync_memory(self, memory):
        """Body of a `dre.memory.SyncMemory`."""
        return MemoryInstance(memory, self.name)


class MemoryInstance(Elaboratable):
    """An instance in place of the generic body's array; the rest is as there.

    The output register, with a latency of 2, is not in the module: a reset of a part of the unit,
    which an instance does not see, clears it like any other.

    Parameters
    ----------
    memory : SyncMemory
        Whose ports it drives.
    name : str
        The module's.
    """

    def __init__(self, memory, name):
        self._memory, self._name = memory, name

    def elaborate(self, platform):
        m = Module()
        memory = self._memory
        out = Value.cast(memory.read_data)
        word = Signal(len(out))
        m.submodules.array = Instance(
            self._name,
            p_WIDTH=len(out),
            p_DEPTH=max(memory.depth, 2),
            p_ADDRESS_BITS=len(memory.read_address),
            p_APART=int(memory.apart),
            i_clk=ClockSignal(),
            i_write_en=memory.write_en,
            i_write_address=memory.write_address,
            i_write_data=Value.cast(memory.write_data),
            i_read_en=memory.read_en,
            i_read_address=memory.read_address,
            o_read_data=word,
        )
        if memory.latency == 1:
            m.d.comb += out.eq(word)
        else:
            register = Signal(len(out))
            with m.If(memory.read_en):
                m.d.sync += register.eq(word)
            m.d.comb += out.eq(register)
        return m
