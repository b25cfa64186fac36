"""Processes that measure: dask's, on this machine or on a cluster. Nothing else loads dask."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from resv import checks, extras

CONNECT_SECONDS = 10


def distributed() -> Any:
    """The module of dask that has processes.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    return extras.load("distributed", "sweeps need dask", "sweep")


def check(workers: int | None, scheduler: str | None) -> None:
    """Raise now what `processes` would.

    Raises
    ------
    ImportError, TypeError, ValueError
        If dask is missing, workers are none, or both are given.
    """
    distributed()
    if workers is not None:
        checks.integer("workers", workers, 1)
        if scheduler is not None:
            raise ValueError("workers must be left out with a scheduler, which has its own")
    if scheduler is not None:
        checks.text("scheduler", scheduler)


@contextmanager
def processes(workers: int | None, scheduler: str | None) -> Iterator[Any]:
    """A client of dask.

    Parameters
    ----------
    workers : int or None
        Processes on this machine, of one thread each; None: one for each core.
    scheduler : str or None
        Address of a scheduler that is there already, as ``tcp://host:8786``; None: this machine.

    Raises
    ------
    ValueError
        If no scheduler answers there.
    """
    dask = distributed()
    if scheduler is not None:
        with _connected(scheduler) as client:
            yield client
        return
    with _without_interrupts():
        cluster = dask.LocalCluster(
            n_workers=workers or dask.system.CPU_COUNT,
            threads_per_worker=1,
            memory_limit=0,  # a long trace needs what it needs
            dashboard_address=None,
            silence_logs="CRITICAL",
        )
    with cluster, dask.Client(cluster) as client:
        yield client


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes begun here do not hear Ctrl-C: this one does, and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are not for others
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _connected(scheduler: str) -> Any:
    try:
        return distributed().Client(scheduler, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"scheduler must be the address of one that answers, not {scheduler!r}: {error}"
        ) from error


def finished(
    client: Any, work: Callable[[Any], Any], items: Iterable[Any]
) -> Iterator[tuple[Any, Any]]:
    """Each item and its result, or the exception that ``work`` raised, as they are finished."""
    futures = {client.submit(work, item, pure=False): item for item in items}
    try:
        for future in distributed().as_completed(futures):
            error = future.exception()
            yield futures[future], future.result() if error is None else error
            future.release()  # the result may be forgotten now
    finally:
        client.cancel([future for future in futures if not future.done()])
