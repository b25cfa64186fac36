# The whole DRE in an ASIC flow: module dre, as built with scores_from="stream". Times are in ns.
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
# data, with no false path.
set inputs [get_ports {rst hash_bits__payload hash_bits__valid assignments__ready chunks__payload \
  chunks__valid rows__ready grants__ready deliveries__ready}]
set_input_delay -max $outside -clock clk $inputs
set_input_delay -min $nothing -clock clk $inputs

set outputs [get_ports {irq hash_bits__ready chunks__ready assignments__payload \
  assignments__valid rows__payload rows__valid grants__payload grants__valid deliveries__payload \
  deliveries__valid}]
set_output_delay -max $outside -clock clk $outputs
set_output_delay -min $nothing -clock clk $outputs

# AXI4-Lite to the registers.
set control_inputs [get_ports {control__awvalid control__awaddr control__awprot control__wvalid \
  control__wdata control__wstrb control__bready control__arvalid control__araddr control__arprot \
  control__rready}]
set_input_delay -max $outside -clock clk $control_inputs
set_input_delay -min $nothing -clock clk $control_inputs

set control_outputs [get_ports {control__awready control__wready control__bvalid control__bresp \
  control__arready control__rvalid control__rdata control__rresp}]
set_output_delay -max $outside -clock clk $control_outputs
set_output_delay -min $nothing -clock clk $control_outputs

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

# Ports that only scores_from="stream" has; with scores_from="near", leave them out.
set score_inputs [get_ports {scores__payload scores__valid}]
set_input_delay -max $outside -clock clk $score_inputs
set_input_delay -min $nothing -clock clk $score_inputs

set score_outputs [get_ports {scores__ready}]
set_output_delay -max $outside -clock clk $score_outputs
set_output_delay -min $nothing -clock clk $score_outputs
