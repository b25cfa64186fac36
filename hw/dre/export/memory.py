"""All memories of an export are instances of one Verilog module, for a vendor's to take its place.

Without it a large memory would also be as many lines of zeros as it has words.
"""

from amaranth.hdl import ClockSignal, Elaboratable, Instance, Module, ResetSignal, Value

TEXT = """\
// A memory with one writer and one reader; all memories of the unit are instances of this module.
// A vendor's memory may stand here. What it must do:
// - Read data come LATENCY (1 or 2) cycles with read_en later; without read_en they stay.
// - They are the word as it was before the cycle that took the address: a write to the same address
//   in that cycle is not seen. With APART = 1 such a word is not used, and may be anything.
// - Addresses are below DEPTH when they matter. Nothing depends on what it holds at the beginning:
//   zeros are only written for simulation.
module {name} #(
    parameter WIDTH = 1,
    parameter DEPTH = 2,
    parameter ADDRESS_BITS = 1,
    parameter LATENCY = 1,
    parameter APART = 0
) (
    input                     clk,
    input                     rst,
    input                     write_en,
    input  [ADDRESS_BITS-1:0] write_address,
    input  [WIDTH-1:0]        write_data,
    input                     read_en,
    input  [ADDRESS_BITS-1:0] read_address,
    output [WIDTH-1:0]        read_data
);
  reg [WIDTH-1:0] words [0:DEPTH-1];
  reg [WIDTH-1:0] word;

  always @(posedge clk) begin
    if (write_en) words[write_address] <= write_data;
    if (read_en) word <= words[read_address];
  end

  generate
    if (LATENCY == 2) begin : late
      reg [WIDTH-1:0] register;
      always @(posedge clk)
        if (rst) register <= {{WIDTH{{1'b0}}}};
        else if (read_en) register <= word;
      assign read_data = register;
`ifndef SYNTHESIS
      initial register = {{WIDTH{{1'b0}}}};
`endif
    end else begin : direct
      assign read_data = word;
    end
  endgenerate

`ifndef SYNTHESIS
  integer n;
  initial begin
    for (n = 0; n < DEPTH; n = n + 1) words[n] = {{WIDTH{{1'b0}}}};
    word = {{WIDTH{{1'b0}}}};
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
    """An instance in place of the generic body; it does the same, reset included.

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
        data = Value.cast(memory.read_data)
        m.submodules.array = Instance(
            self._name,
            p_WIDTH=len(data),
            p_DEPTH=max(memory.depth, 2),
            p_ADDRESS_BITS=len(memory.read_address),
            p_LATENCY=memory.latency,
            p_APART=int(memory.apart),
            i_clk=ClockSignal(),
            i_rst=ResetSignal(),
            i_write_en=memory.write_en,
            i_write_address=memory.write_address,
            i_write_data=Value.cast(memory.write_data),
            i_read_en=memory.read_en,
            i_read_address=memory.read_address,
            o_read_data=data,
        )
        return m
