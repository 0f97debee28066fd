"""The file of a sweep's study, which every process of the sweep appends to.

It is Optuna's journal, one record a line, under a lock that dies with its owner.
"""

import logging
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from storage.files import cut_torn_line
from storage.locks import locked

if TYPE_CHECKING:
    from optuna.storages import JournalStorage

_FILE = "study.jsonl"


def study_storage(folder: Path) -> "JournalStorage":
    """The storage of the study in the folder, which is there; begun when absent."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("optuna").propagate = False
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    file = folder / _FILE
    lock = cast(Any, _JournalLock(file))  # the base class of locks is not exported
    return JournalStorage(JournalFileBackend(str(file), lock))


class _JournalLock:
    """The lock of the study's file; a killed owner leaves it free, and whole lines."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held = ExitStack()

    def acquire(self) -> bool:
        self._held.enter_context(locked(self._file.with_suffix(".lock")))
        cut_torn_line(self._file)
        return True

    def release(self) -> None:
        self._held.close()
