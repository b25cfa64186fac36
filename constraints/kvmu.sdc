# The KVMU in an ASIC flow: module kvmu, as built by default. Times are in ns.
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
# data, with no false path. So are bases and quiesce, which change while it works.
set inputs [get_ports {rst clear quiesce bases commands__payload commands__valid \
  assignments__payload assignments__valid selected__payload selected__valid results__ready \
  grants__ready deliveries__ready}]
set_input_delay -max $outside -clock clk $inputs
set_input_delay -min $nothing -clock clk $inputs

set outputs [get_ports {commands__ready assignments__ready selected__ready results__payload \
  results__valid grants__payload grants__valid deliveries__payload deliveries__valid state \
  counters status}]
set_output_delay -max $outside -clock clk $outputs
set_output_delay -min $nothing -clock clk $outputs

# AXI4 to far memory.
set far_inputs [get_ports {far__arready far__rvalid far__rid far__rresp far__rdata far__rlast \
  far__awready far__wready far__bvalid far__bid far__bresp}]
set_input_delay -max $outside -clock clk $far_inputs
set_input_delay -min $nothing -clock clk $far_inputs

set far_outputs [get_ports {far__arvalid far__arid far__araddr far__arlen far__arsize \
  far__arburst far__arcache far__arprot far__rready far__awvalid far__awid far__awaddr far__awlen \
  far__awsize far__awburst far__awcache far__awprot far__wvalid far__wdata far__wstrb far__wlast \
  far__bready}]
set_output_delay -max $outside -clock clk $far_outputs
set_output_delay -min $nothing -clock clk $far_outputs

# AXI4 to near memory.
set near_inputs [get_ports {near__arready near__rvalid near__rid near__rresp near__rdata \
  near__rlast near__awready near__wready near__bvalid near__bid near__bresp}]
set_input_delay -max $outside -clock clk $near_inputs
set_input_delay -min $nothing -clock clk $near_inputs

set near_outputs [get_ports {near__arvalid near__arid near__araddr near__arlen near__arsize \
  near__arburst near__arcache near__arprot near__rready near__awvalid near__awid near__awaddr \
  near__awlen near__awsize near__awburst near__awcache near__awprot near__wvalid near__wdata \
  near__wstrb near__wlast near__bready}]
set_output_delay -max $outside -clock clk $near_outputs
set_output_delay -min $nothing -clock clk $near_outputs
