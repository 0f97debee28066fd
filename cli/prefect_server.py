"""Prefect's server, with its garbage collected by a thread of its own.

On SQLite it stood still for a minute, every other time that `up` sent its deployments. The
collector may run anywhere, in the event loop's thread too, and what it finds are database
cursors. To free one takes the lock of its connection; where another thread holds that while
it waits for the database, the loop waits too, and with it the transaction that everybody
waits for, until the database's patience of sixty seconds ends. Here only this thread waits.
"""

import gc
import runpy
import threading
import time

_SECONDS = 1.0
_YOUNG, _ALL = 1, 2
_YOUNG_BEFORE_ALL = 60
"""Collections of young objects before one of all: one of these takes a part of a second."""


def main() -> None:
    """Run Prefect's command with these arguments, as `python -m prefect` does."""
    collect_beside()
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)


def collect_beside() -> None:
    """From now on collect garbage in a thread that does nothing else."""
    gc.disable()
    threading.Thread(target=_collect, name="garbage", daemon=True).start()


def _collect() -> None:
    turn = 0
    while True:
        time.sleep(_SECONDS)
        turn += 1
        gc.collect(_YOUNG if turn % _YOUNG_BEFORE_ALL else _ALL)


if __name__ == "__main__":
    main()
