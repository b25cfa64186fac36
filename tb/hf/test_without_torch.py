"""resv.hf without the extra: what is said, and what works all the same."""

import subprocess
import sys

import pytest

FAKE = "import sys, types\nsys.modules['torch'] = types.ModuleType('torch')\n"


def first_error(code):
    """The last line that a new Python prints when it fails."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("missing", ["torch", "transformers"])
def test_the_extra_is_named(missing):
    fake = FAKE if missing == "transformers" else "import sys\n"
    line = first_error(f"{fake}sys.modules[{missing!r}] = None\nimport resv.hf")
    assert line.startswith("ImportError: resv.hf needs PyTorch and transformers 5")
    assert "pip install vrex-open[hf]" in line
    assert missing in line.partition("(")[2]


def test_transformers_4_is_too_old():
    code = "transformers = types.ModuleType('transformers')\ntransformers.__version__ = '4.57.1'\n"
    line = first_error(f"{FAKE}{code}sys.modules['transformers'] = transformers\nimport resv.hf")
    assert "transformers 5 or newer, not 4.57.1: pip install vrex-open[hf]" in line


def test_streams_need_no_torch():
    code = (
        "import sys\nsys.modules['torch'] = None\nimport resv.online\nprint('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
