"""What ``ci/environment.sh`` must not do."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_environment_of_another_copy_is_left_alone(tmp_path):
    """A .venv that is a link leads there; making an environment begins with emptying it."""
    other, copy = tmp_path / "other", tmp_path / "copy"
    other.mkdir()
    (other / "kept").touch()
    (copy / "ci").mkdir(parents=True)
    shutil.copy(ROOT / "ci" / "environment.sh", copy / "ci")
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    (copy / ".venv").symlink_to(other)
    done = subprocess.run(
        ["sh", "ci/environment.sh", "true"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert ".venv is a link" in done.stderr
    assert (other / "kept").exists()
