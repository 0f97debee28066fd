"""Windows answered side by side, one processor thread each, and handed on in their order."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pyarrow as pa
import torch

from training.device import Machine
from training.prediction_parts import PredictionParts
from training.threads import torch_threads
from training.windows import Window

Answer = Callable[[Window], pa.Table]
_MOST_WORKERS = 16


def answered_in_order(
    windows: Iterator[Window], answer: Answer, parts: PredictionParts, *, workers: int
) -> Iterator[tuple[Window, pa.Table]]:
    """Each window with its answers: those kept in the parts, or new ones, which are kept.

    A window is computed on one thread, so its answers do not depend on the machine's number
    of cores; several go side by side. At most one window more than there are workers is in
    memory.

    Args:
        windows: The rows.
        answer: Gives the answers of a window; called from several threads.
        parts: Answers that are there already.
        workers: How many windows go side by side.
    """
    pending: deque[tuple[Window, Future[pa.Table]]] = deque()
    # one thread an operation: several wait for each other too long
    single = partial(torch.set_num_threads, 1)
    with torch_threads(1), ThreadPoolExecutor(workers, initializer=single) as pool:
        try:
            for number, window in enumerate(windows):
                pending.append((window, pool.submit(_answered, number, window, answer, parts)))
                if len(pending) > workers:
                    yield _first(pending)
            while pending:
                yield _first(pending)
        finally:
            for _, future in pending:
                future.cancel()


def usual_workers(device: str) -> int:
    """As many as there are processor cores, within bounds; one where a GPU computes."""
    return min(Machine.here().cores, _MOST_WORKERS) if device == "cpu" else 1


def _answered(number: int, window: Window, answer: Answer, parts: PredictionParts) -> pa.Table:
    rows = len(window.lines)
    found = parts.find(number, rows=rows) if rows else None
    if found is None:
        found = answer(window)
        if rows:
            parts.keep(number, found)
    return found


def _first(
    pending: deque[tuple[Window, Future[pa.Table]]],
) -> tuple[Window, pa.Table]:
    window, future = pending.popleft()
    return window, future.result()
