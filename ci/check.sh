#!/bin/sh
# What must hold before a commit, the quickest first. The first failure ends it.
set -eu
cd "$(dirname "$0")/.."
step() {
  echo "check: $*"
  sh ci/environment.sh "$@"
}

step sh ci/preflight.sh
step ruff check .
step ruff format --check .
step python -m pytest -n 2 -q -m "not slow"
