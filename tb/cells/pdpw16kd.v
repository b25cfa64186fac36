// Behaviour of an ECP5 block RAM, 512 words of 36 bits, as `dre.ecp5` uses it.
//
// A word that is read in the cycle in which it is written is shown inverted: nothing is promised of
// it, and who relies on it, whether on the old word or on the new one, shall see that.
//
// With OCER the output register takes over what the cycle before has read; both stand still without
// their enable. WORDS is no parameter of the cell: a proof needs fewer.
module PDPW16KD #(
    parameter DATA_WIDTH_W = 36,
    parameter DATA_WIDTH_R = 36,
    parameter REGMODE = "NOREG",
    parameter GSR = "ENABLED",
    parameter RESETMODE = "SYNC",
    parameter ASYNC_RESET_RELEASE = "SYNC",
    parameter CSDECODE_W = "0b000",
    parameter CSDECODE_R = "0b000",
    parameter WORDS = 512
) (
    input CLKW, CEW, CSW0, CSW1, CSW2, BE0, BE1, BE2, BE3,
    input ADW0, ADW1, ADW2, ADW3, ADW4, ADW5, ADW6, ADW7, ADW8,
    input DI0, DI1, DI2, DI3, DI4, DI5, DI6, DI7, DI8, DI9, DI10, DI11, DI12, DI13, DI14, DI15, DI16,
    input DI17, DI18, DI19, DI20, DI21, DI22, DI23, DI24, DI25, DI26, DI27, DI28, DI29, DI30, DI31,
    input DI32, DI33, DI34, DI35,
    input CLKR, CER, OCER, CSR0, CSR1, CSR2, RST,
    input ADR0, ADR1, ADR2, ADR3, ADR4, ADR5, ADR6, ADR7, ADR8, ADR9, ADR10, ADR11, ADR12, ADR13,
    output DO0, DO1, DO2, DO3, DO4, DO5, DO6, DO7, DO8, DO9, DO10, DO11, DO12, DO13, DO14, DO15,
    output DO16, DO17, DO18, DO19, DO20, DO21, DO22, DO23, DO24, DO25, DO26, DO27, DO28, DO29, DO30,
    output DO31, DO32, DO33, DO34, DO35
);
    reg [35:0] words [0:WORDS-1];
    reg [35:0] latch, register;
    wire [8:0] to = {ADW8, ADW7, ADW6, ADW5, ADW4, ADW3, ADW2, ADW1, ADW0};
    wire [8:0] from = {ADR13, ADR12, ADR11, ADR10, ADR9, ADR8, ADR7, ADR6, ADR5};
    wire [35:0] data = {
        DI35, DI34, DI33, DI32, DI31, DI30, DI29, DI28, DI27, DI26, DI25, DI24, DI23, DI22, DI21, DI20,
        DI19, DI18, DI17, DI16, DI15, DI14, DI13, DI12, DI11, DI10, DI9, DI8, DI7, DI6, DI5, DI4, DI3,
        DI2, DI1, DI0
    };
    wire write = CEW & ~(CSW0 | CSW1 | CSW2);
    wire read = CER & ~(CSR0 | CSR1 | CSR2);
    wire [35:0] bytes = {{9{BE3}}, {9{BE2}}, {9{BE1}}, {9{BE0}}};

    always @(posedge CLKW)
        if (write) words[to] <= (data & bytes) | (words[to] & ~bytes);

    always @(posedge CLKR) begin
        if (read) latch <= words[from] ^ {36{write & (to == from)}};
        if (OCER) register <= latch;
        if (RST) {latch, register} <= 72'b0;
    end

    wire [35:0] shown = REGMODE == "OUTREG" ? register : latch;
    assign {
        DO35, DO34, DO33, DO32, DO31, DO30, DO29, DO28, DO27, DO26, DO25, DO24, DO23, DO22, DO21, DO20,
        DO19, DO18, DO17, DO16, DO15, DO14, DO13, DO12, DO11, DO10, DO9, DO8, DO7, DO6, DO5, DO4, DO3,
        DO2, DO1, DO0
    } = shown;
endmodule
