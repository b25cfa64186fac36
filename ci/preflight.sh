#!/bin/sh
# Is everything there that no package brings? One line of advice for each thing that is not.
# Exit status: 0, or 2 if something is missing.
set -u
python=${PYTHON:-python3}
status=0
advise() {
  echo "preflight: $*" >&2
  status=2
}

case $PWD in
  *[[:space:]]*) advise "the path '$PWD' has a space, which make cannot build in: move the project" ;;
esac

# Python, and what cocotb and the virtual environment need of it.
version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2> /dev/null) || version=
if [ -z "$version" ]; then
  advise "$python is not there: install Python 3.11 or newer, or pass PYTHON=/path/to/python3.11"
elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  advise "$python is $version, 3.11 or newer is needed:" \
    "install it, or pass PYTHON=/path/to/python3.11"
else
  "$python" -c 'import ensurepip, venv' 2> /dev/null ||
    advise "$python $version has no ensurepip or no venv: install python3-venv (Debian, Ubuntu)"
  # The simulator loads Python as a library. A Python built without --enable-shared has none.
  "$python" -c '
import ctypes.util, os, sys, sysconfig

def var(name):
    return str(sysconfig.get_config_var(name) or "")

stem = "python%d.%d" % sys.version_info[:2]
names = [var("INSTSONAME"), var("LDLIBRARY"), "lib" + stem + ".so", "lib" + stem + ".dylib"]
names = [name for name in names if name and not name.endswith(".a")]
folders = [var("LIBDIR"), os.path.join(var("LIBDIR"), var("MULTIARCH")), var("LIBPL")]
folders += [os.path.join(sys.base_prefix, "lib"), var("PYTHONFRAMEWORKPREFIX")]
found = [f for f in folders for n in names if os.path.isfile(os.path.join(f, n))]
sys.exit(not found and not ctypes.util.find_library(stem))' 2> /dev/null ||
    advise "$python $version has no shared libpython, which cocotb loads: install libpython${version%.*}" \
      "(Debian, Ubuntu), or a Python built with --enable-shared"
fi

# Verilator writes C++ and calls c++ by this name, without naming a language version.
if ! found=$(c++ --version 2> /dev/null); then
  advise "c++ is not there: install a C++17 compiler (Debian, Ubuntu: g++)"
else
  work=$(mktemp -d) || exit 2
  trap 'rm -rf "$work"' EXIT
  cat > "$work/probe.cpp" << 'END'
#include <string_view>
int main() { return std::string_view("V-Rex").size() != 5; }
END
  c++ -o "$work/probe" "$work/probe.cpp" > /dev/null 2>&1 ||
    advise "c++ is '$(echo "$found" | head -n 1)', which does not build a C++17 program by default:" \
      "install GCC 11, Clang 16 or newer, with its standard library"
fi

# Verilator's build calls make by this name too.
found=$(make --version 2> /dev/null | head -n 1)
case $found in
  "") advise "make is not there: install GNU make 4 or newer" ;;
  "GNU Make "[4-9]*) ;;
  *) advise "make is '$found', GNU make 4 or newer is needed: install it" ;;
esac

# Verilator's front end is a Perl script; the smallest perl packages lack its documentation module.
if ! perl -e 1 2> /dev/null; then
  advise "perl is not there: install it (Debian, Ubuntu: perl)"
elif ! perl -MFindBin -MGetopt::Long -MPod::Usage -e 1 2> /dev/null; then
  advise "perl lacks FindBin, Getopt::Long or Pod::Usage: install the whole of it (Debian, Ubuntu: perl)"
fi

exit $status
