"""Where the trials of a sweep run: in this process, in several, or on a Dask cluster."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from prefect.client.orchestration import get_client
from prefect.futures import PrefectFuture, as_completed
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner

from storage import progress
from storage.errors import EnvironmentProblem
from tasks.try_settings import Trial, Tried, try_settings

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner

TryAll = Callable[[Iterator[Trial]], Iterator[Tried]]
"""Runs trials as they are asked for; each next one is asked for after an end was told."""
_GRACE_SECONDS = 30.0
_CONNECT_SECONDS = 20


@contextmanager
def trial_place(*, parallel: int, dask_address: str | None) -> Iterator[TryAll]:
    """The place for trials while the block runs; nothing of it is left afterwards.

    A training has random generators, threads and signals for itself, so trials side by side
    are processes.

    Args:
        parallel: How many at a time.
        dask_address: Scheduler of a Dask cluster that runs them instead; None: this machine.

    Raises:
        EnvironmentProblem: If the cluster cannot be used.
    """
    if not dask_address and parallel == 1:
        yield _one_by_one
        return
    place = _dask(dask_address) if dask_address else _processes(parallel)
    with _one_prefect_server(), place as runner:
        yield lambda trials: _side_by_side(runner, trials, at_once=parallel)


def _one_by_one(trials: Iterator[Trial]) -> Iterator[Tried]:
    for trial in trials:
        with progress.unheard():
            tried = try_settings(trial)
        yield tried


def _side_by_side(
    runner: "TaskRunner[Any]", trials: Iterator[Trial], *, at_once: int
) -> Iterator[Tried]:
    running: list[PrefectFuture[Tried]] = []
    while True:
        asked = islice(trials, at_once - len(running))
        running += [runner.submit(try_settings, {"trial": trial}) for trial in asked]
        if not running:
            return
        done = next(as_completed(running))
        running.remove(done)
        try:
            yield done.result()
        except BrokenProcessPool as error:
            raise EnvironmentProblem(
                "the process of a trial was killed, perhaps because memory ran out; the same "
                "command goes on, with a lower --parallel or smaller sweep.ranges if need be"
            ) from error


@contextmanager
def _one_prefect_server() -> Iterator[None]:
    """Let all processes of the block use this one's server, be it a temporary one."""
    with get_client(sync_client=True) as client:
        address = str(client.api_url)
    with temporary_settings({PREFECT_API_URL: address}):
        yield


@contextmanager
def _processes(count: int) -> Iterator["TaskRunner[Any]"]:
    """Processes; when the block fails they stop after their batch, with a checkpoint."""
    with ProcessPoolTaskRunner(max_workers=count, initializer=_become_worker) as runner:
        try:
            yield runner
        except BaseException:
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


def _become_worker() -> None:
    """Leave the terminal's signals to the parent, and end when it is gone."""
    os.setsid()
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)  # a training stops after its batch
    time.sleep(_GRACE_SECONDS)
    os._exit(128 + signal.SIGTERM)  # the pool's loop would wait for its parent for ever


@contextmanager
def _dask(address: str) -> Iterator["TaskRunner[Any]"]:
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError:
        raise EnvironmentProblem(
            "SEQFLOW_DASK_ADDRESS is set, but prefect-dask is not installed; install "
            "seqflow[dask], or unset the variable to run on this machine"
        ) from None
    options = {"set_as_default": False, "timeout": _CONNECT_SECONDS}
    with DaskTaskRunner(address=address, client_kwargs=options) as runner:
        _require_workers(runner, address)
        yield runner


def _require_workers(runner: "DaskTaskRunner", address: str) -> None:
    """Make sure that the cluster has workers, each for one training at a time."""
    try:
        threads: dict[str, int] = runner.client.nthreads()
    except (OSError, TimeoutError) as error:
        raise EnvironmentProblem(
            f"no Dask scheduler answers at {address} ({error}); start one by `dask scheduler`, "
            "or unset SEQFLOW_DASK_ADDRESS to run on this machine"
        ) from error
    start = f"`dask worker {address} --nworkers 2 --nthreads 1` in the folder of the code"
    if not threads:
        raise EnvironmentProblem(f"the Dask cluster at {address} has no workers; start {start}")
    if max(threads.values()) > 1:
        raise EnvironmentProblem(
            f"a worker of the Dask cluster at {address} has {max(threads.values())} threads, "
            f"but a training needs a process for itself; start {start}"
        )
