"""State files, ``resv-state/1``: a stream saved and gone on with, without keys and values (D44)."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import checks
from resv.config import MAX_MEMBERS, Config
from resv.table import ContextTable
from resv.tensors import read_tensors, write_tensors

if TYPE_CHECKING:
    from resv.algorithm import ReSV
    from resv.stream import Stream

FORMAT = "resv-state/1"

_NUMBERS = {  # smallest allowed value of each
    "layers": 1,
    "query_heads": 1,
    "kv_heads": 1,
    "d": 1,
    "tokens": 1,
    "chunks": 1,
    "last_frame": 0,
}


def configuration_hash(config: Config, planes: NDArray[bfloat16]) -> str:
    """SHA-256 of a configuration and the hyperplanes it is used with.

    Parameters
    ----------
    config : Config
    planes : ndarray of bfloat16 [hash_bits, d]
    """
    digest = hashlib.sha256(_described(config).encode())
    digest.update(np.ascontiguousarray(planes).tobytes())
    return digest.hexdigest()


def save(stream: "Stream", path: str | Path) -> str:
    """Write a stream's state; what ``Stream.save`` does.

    Returns
    -------
    str
        SHA-256 of the file.
    """
    if not stream.chunks:
        raise ValueError("stream must have taken at least one chunk to be saved, not 0")
    layers, query_heads, kv_heads, d = stream.sizes
    numbers = {
        "layers": layers,
        "query_heads": query_heads,
        "kv_heads": kv_heads,
        "d": d,
        "tokens": stream.tokens,
        "chunks": stream.chunks,
        "last_frame": stream.last_frame,
    }
    metadata = {name: str(value) for name, value in numbers.items()}
    metadata["format"] = FORMAT
    metadata["config"] = _described(stream.config)
    metadata["config_sha256"] = configuration_hash(stream.config, stream.algorithm.planes(d))
    tensors = {}
    for layer, kv_head in np.ndindex(layers, kv_heads):
        table = stream.table(layer, kv_head)
        place = f"{layer}.{kv_head}"
        tensors[f"words.{place}"] = table.hash_clusters.words
        tensors[f"cluster_of.{place}"] = table.cluster_of
        tensors[f"sums.{place}"] = table.sums
    return write_tensors(path, tensors, metadata)


def load(algorithm: "ReSV", path: str | Path) -> tuple[dict[str, int], list[list[ContextTable]]]:
    """Read and check a state file; what ``ReSV.resume`` does.

    Returns
    -------
    numbers : dict of str to int
        ``layers``, ``query_heads``, ``kv_heads``, ``d``, ``tokens``, ``chunks``, ``last_frame``.
    tables : list of list of ContextTable
        By layer and KV head, of the algorithm's engine.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is damaged, of another format, or of another configuration; the message begins with
        the file's name.
    """
    tensors, metadata, _ = read_tensors(path)
    try:
        numbers = _numbers(metadata)
        _check_configuration(metadata, algorithm, numbers["d"])
        return numbers, _tables(tensors, numbers, algorithm)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def _described(config: Config) -> str:
    return json.dumps(config.to_dict(), sort_keys=True)


def _numbers(metadata: dict[str, str]) -> dict[str, int]:
    found = metadata.get("format")
    if found != FORMAT:
        raise ValueError(f"format must be {FORMAT!r}, not {found!r}")
    numbers = {}
    for name, low in _NUMBERS.items():
        text = metadata.get(name, "")
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise ValueError(f"{name} must be a whole number, not {metadata.get(name)!r}")
        numbers[name] = checks.integer(name, int(text), low)
    if numbers["query_heads"] % numbers["kv_heads"]:
        raise ValueError(
            f"query_heads must be a multiple of kv_heads, not {numbers['query_heads']} of "
            f"{numbers['kv_heads']}"
        )
    checks.integer("chunks", numbers["chunks"], 1, numbers["tokens"])
    return numbers


def _check_configuration(metadata: dict[str, str], algorithm: "ReSV", d: int) -> None:
    """Refuse another configuration by the first field that differs, else other hyperplanes."""
    try:
        saved = Config.from_dict(json.loads(metadata.get("config", "")))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"config must describe a configuration, not be damaged: {error}") from None
    for name, value in vars(saved).items():
        wanted = getattr(algorithm.config, name)
        if value != wanted:
            raise ValueError(f"config {name} must be {wanted!r} as in this ReSV, not {value!r}")
    wanted = configuration_hash(algorithm.config, algorithm.planes(d))
    found = metadata.get("config_sha256")
    if found != wanted:
        raise ValueError(
            f"config_sha256 must be {wanted}, of this ReSV's configuration and hyperplanes, "
            f"not {found}"
        )


def _tables(
    tensors: dict[str, NDArray[Any]], numbers: dict[str, int], algorithm: "ReSV"
) -> list[list[ContextTable]]:
    layers, kv_heads = numbers["layers"], numbers["kv_heads"]
    if len(tensors) != 3 * layers * kv_heads:
        raise ValueError(f"tensors must be 3 a head, {3 * layers * kv_heads}, not {len(tensors)}")
    return [
        [_table(tensors, f"{layer}.{kv_head}", numbers, algorithm) for kv_head in range(kv_heads)]
        for layer in range(layers)
    ]


def _table(
    tensors: dict[str, NDArray[Any]], place: str, numbers: dict[str, int], algorithm: "ReSV"
) -> ContextTable:
    config, tokens, d = algorithm.config, numbers["tokens"], numbers["d"]
    parts = []
    for name in ("words", "cluster_of", "sums"):
        if f"{name}.{place}" not in tensors:
            raise ValueError(f"tensors must have {name}.{place}, not only {sorted(tensors)[:3]} ..")
        parts.append(tensors[f"{name}.{place}"])
    words, cluster_of, sums = parts
    checks.array(f"words.{place}", words, np.uint8, (None, config.hash_bits // 8))
    checks.array(f"cluster_of.{place}", cluster_of, np.int32, (tokens,))
    checks.array(f"sums.{place}", sums, np.float64, (len(words), d))
    checks.finite(f"sums.{place}", sums)
    _check_clusters(f"cluster_of.{place}", cluster_of, len(words), config.sink_tokens)
    return algorithm.engine.table.restored(config, words, cluster_of, sums)


def _check_clusters(
    name: str, cluster_of: NDArray[np.int32], clusters: int, sink_tokens: int
) -> None:
    """Sinks first; then every cluster is founded in its turn, and none has too many members."""
    sinks, rest = cluster_of[:sink_tokens], cluster_of[sink_tokens:]
    if (sinks != -1).any():
        raise ValueError(f"{name} must be -1 for the {sink_tokens} sinks, not {sinks.max()}")
    most = np.maximum.accumulate(np.concatenate([[-1], rest]))
    wrong = np.flatnonzero((rest < 0) | (rest > most[:-1] + 1))
    if wrong.size:
        at = int(wrong[0])
        raise ValueError(
            f"{name} must found clusters one after the other, not have {rest[at]} at position "
            f"{sink_tokens + at}"
        )
    if most[-1] + 1 != clusters:
        raise ValueError(f"{name} must have the {clusters} clusters of words, not {most[-1] + 1}")
    members = np.bincount(rest).max(initial=0)
    if members > MAX_MEMBERS:
        raise ValueError(f"{name} must give a cluster {MAX_MEMBERS} members at most, not {members}")
