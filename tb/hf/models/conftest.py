"""What tests in models share: the extra hf, without which all of them are skipped."""

from importlib.util import find_spec

import pytest

NEEDED = ("torch", "transformers")


class Skipped(pytest.Module):
    """A module of tests that is not imported, since what it imports is not there."""

    def collect(self):
        pytest.skip("needs the extra hf: .venv/bin/pip install -e '.[hf]'")


def pytest_pycollect_makemodule(module_path, parent):
    """Decide for every module in this folder, before it is imported."""
    if not all(map(find_spec, NEEDED)):
        return Skipped.from_parent(parent, path=module_path)
    return None


@pytest.fixture(autouse=True)
def one_thread():
    """Small models are slower with more, and tests run beside each other."""
    import torch

    torch.set_num_threads(1)
