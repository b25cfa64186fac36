"""One chunk and those just before it, with the tables as they stood: a file to replay in cocotb."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dre import HCUConfig
from hcu.replay_hcu import Chunk, Run
from replay.case import Case, fields
from resv.files import atomic_writer

FORMAT = "vrex-chunk/1"
SUFFIX = ".chunk.json"


@dataclass(frozen=True, eq=False)
class Saved(Case):
    """What is in such a file, beside the case.

    Attributes
    ----------
    tables : dict of int to (words, members)
        By context, before the first of the chunks.
    chunks : list of Chunk
    """

    tables: dict[int, tuple[np.ndarray, np.ndarray]]
    chunks: list[Chunk]


def is_saved(path):
    """Whether a file holds a saved chunk, by its name."""
    return path.name.endswith(SUFFIX)


def save(path, saved):
    """Write a file; its name must end in ``.chunk.json``."""
    content = {
        "format": FORMAT,
        **saved.facts(),
        "tables": [
            {"context": n, "words": _hex(words), "members": np.asarray(members).tolist()}
            for n, (words, members) in saved.tables.items()
        ],
        "chunks": [
            {name: getattr(chunk, name) for name in _LIMITS} | {"words": _hex(chunk.words)}
            for chunk in saved.chunks
        ],
    }
    with atomic_writer(path) as file:
        file.write(json.dumps(content, indent=1).encode() + b"\n")


def load(path):
    """Read a file.

    Raises
    ------
    ValueError
        If it is damaged or of another format; the message names the file.
    """
    try:
        content = json.loads(Path(path).read_text())
        case = fields(content, FORMAT, HCUConfig, Run)
        tables = {
            table["context"]: (
                _words(table["words"], case["build"]),
                np.array(table["members"], np.int64),
            )
            for table in content["tables"]
        }
        chunks = [
            Chunk(**chunk | {"words": _words(chunk["words"], case["build"])})
            for chunk in content["chunks"]
        ]
        return Saved(**case, tables=tables, chunks=chunks)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path}: must be an undamaged saved chunk, not {error!r}") from None


_LIMITS = ("context", "Th_hd", "max_clusters", "cluster_cap")


def _hex(words):
    """Hash words as texts, byte 0 first."""
    return [word.tobytes().hex() for word in words]


def _words(texts, build):
    width = build.hash_bits // 8
    return np.frombuffer(bytes.fromhex("".join(texts)), np.uint8).reshape(len(texts), width)
