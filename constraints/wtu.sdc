# The WTU in an ASIC flow: module wtu, as built by default. Times are in ns.
# Drive, load and derating belong to the cell library and are set by the flow.

set_units -time ns

# 800 MHz, the clock of the paper.
set period 1.25
create_clock -name clk -period $period [get_ports clk]

# Jitter, and the skew of the clock tree as long as there is none.
set_clock_uncertainty [expr {0.05 * $period}] [get_clocks clk]

# A neighbour is given 30 % of the period from its register to our port, or from our port to its
# register. That leaves 40 %, less the uncertainty, to paths from port to port: ready signals
# that look at what comes in the same cycle, as spec D25 allows.
set outside [expr {0.30 * $period}]

# For hold, a neighbour may be a bare register next door.
set nothing 0.0

# Reset is synchronous (spec section 9) and must end everywhere in the same cycle: it is timed like
# data, with no false path. So is settings, which a chunk takes in one certain cycle.
set inputs [get_ports {rst settings clear chunks__payload chunks__valid reads__ready \
  counts__payload counts__valid scores__payload scores__valid rows__ready selected__ready}]
set_input_delay -max $outside -clock clk $inputs
set_input_delay -min $nothing -clock clk $inputs

set outputs [get_ports {chunks__ready reads__payload reads__valid counts__ready scores__ready \
  rows__payload rows__valid selected__payload selected__valid counters status}]
set_output_delay -max $outside -clock clk $outputs
set_output_delay -min $nothing -clock clk $outputs
