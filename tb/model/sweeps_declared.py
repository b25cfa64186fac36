"""Declarations of sweeps, for their tests."""

SIZES = "sink_tokens = 3\nrecent_tokens = 8\nlink = false\n"
TRACE = 'traces = ["t0.safetensors"]\n'
GOOD = SIZES + TRACE + "[policies]\nrandom = {}\n"


def declared(folder, text):
    """A file that says so, in a folder."""
    path = folder / "sweep.toml"
    path.write_text(text)
    return path
