"""What tests in models share."""

import pytest


@pytest.fixture(autouse=True)
def one_thread():
    """Small models are slower with more, and tests run beside each other."""
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)
