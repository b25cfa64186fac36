# One thin target for each thing to do; the scripts behind them check the variables.
# ci/environment.sh makes .venv when it is not there or out of date, and runs the rest inside.

SIM    ?= verilator
PYTHON ?= python3
export SIM
# The others have no default: make exports them when they are given.

RUN := @sh ci/environment.sh

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo 'Variables'
	@echo '  CORE=hcu        which unit: hcu, wtu, kvmu, or dre, all of them joined; `make sim` takes all if none'
	@echo '                  is given; `make verilog` also mover, hct, bus; `make bench` also model, study; `make verify`'
	@echo '                  also bus'
	@echo '  SIM=verilator   which simulator: verilator, icarus (of the system), or for `make sim` fast'
	@echo '  WAVES=1         write a waveform (VCD)'
	@echo '  SEED=number     repeat a run with its random seed'
	@echo '  TESTCASE=...    only these: names, or for `make test` any expression of pytest -k'
	@echo '  TRACE=file      a trace to replay, by file or name (T1, T2, T3: `make traces`)'
	@echo '  TOOL=name       only this tool of `make verify`'
	@echo '  PRESET=asic     of `make verilog`: asic or fpga, for units that have both'
	@echo '  PARAMETERS=...  of `make verilog CORE=...`: build parameters, as "contexts=4 max_clusters=1024"'
	@echo '  MODULE=name     of `make verilog CORE=...`: the name of the module and its files'
	@echo '  LIBERTY=file    of `make area`: count with the cells of this library'
	@echo '  BOARD=name      which board: icebreaker, hx8k, tangnano9k'
	@echo '  PORT=device     of `make selftest`: the serial port of a board, as /dev/ttyUSB1'
	@echo '  PYTHON=python3  the Python that makes .venv'

sim: ## simulate the units against the golden model
	$(RUN) python tb/sim.py

test: ## run all tests; results also in build/test/junit.xml
	$(RUN) python -m pytest -n 2 --dist worksteal --durations=30 --junitxml=build/test/junit.xml $${TESTCASE:+-k "$$TESTCASE"}

check: ## run what must hold before a commit: style, and all tests that are not slow
	@sh ci/check.sh

bench: ## measure
	$(RUN) python tb/bench.py

verify: ## the full verification of a unit; writes docs/verification.md
	$(RUN) python tb/verify.py

area: ## gate equivalents and clock of a unit
	$(RUN) python tb/area.py

synth: ## build a board's bitstream, and a report of what is in it: BOARD=
	$(RUN) python tb/synth.py

program: ## put that bitstream on the board: BOARD=
	$(RUN) python tb/program.py

selftest: ## hold a board to the golden model, bit for bit: BOARD= PORT=
	$(RUN) python tb/selftest.py

verilog: ## write the units as Verilog to build/verilog, with all that a project needs beside it
	$(RUN) python tb/verilog.py

traces: ## make the traces T1, T2 and T3 of a real film, once
	$(RUN) python tb/traces.py

pictures: ## draw the pictures of README and docs again
	$(RUN) python tb/pictures.py

notebook: ## run the tutorial, docs/tutorial.ipynb, and store what it shows
	$(RUN) python tb/notebook.py

docs: ## write the reference of all public modules, out of their docstrings, to build/docs
	$(RUN) python tb/reference.py

registers: ## write the tables of registers into docs again
	$(RUN) python tb/registers_page.py

env: ## only make or renew .venv
	$(RUN)

lock: ## renew requirements.lock after a change of pyproject.toml
	@$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv==0.13.8
	@build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --extra dev --custom-compile-command 'make lock' --output-file requirements.lock pyproject.toml

clean: ## remove what was built
	rm -rf build

distclean: clean ## remove .venv as well
	rm -rf .venv

.PHONY: help sim test check bench verify area synth program selftest verilog traces pictures notebook docs registers env lock clean distclean
