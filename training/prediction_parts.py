"""The working folder of a prediction: answers of finished windows, which a kill cannot take."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from storage.errors import EnvironmentProblem, InputError
from storage.faults import fault_point
from storage.files import atomic_write
from storage.locks import locked

_SUFFIX = ".working"


class PredictionParts:
    """Answers by window, each in a file of its own, under everything that decides them.

    Attributes:
        folder: Where they lie.
        reused: Rows whose answers an earlier process left there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reused = 0

    def find(self, window: int, *, rows: int) -> pa.Table | None:
        """The answers of the window, if they are there whole."""
        path = self._path(window)
        if not path.is_file():
            return None
        try:
            found = pq.read_table(path, page_checksum_verification=True)
        except (OSError, pa.ArrowInvalid):  # damaged: answered again
            return None
        if len(found) != rows:
            return None
        self.reused += rows
        return found

    def keep(self, window: int, answers: pa.Table) -> None:
        """Put the answers of a window on the disk."""
        with atomic_write(self._path(window)) as file:
            pq.write_table(answers, file, compression="zstd", write_page_checksum=True)
        fault_point("predict.window")

    def _path(self, window: int) -> Path:
        return self.folder / f"window-{window:06d}.parquet"


def working_folder(output: Path) -> Path:
    """Where unfinished work on the output lies: beside it, hidden."""
    return output.with_name(f".{output.name}{_SUFFIX}")


@contextmanager
def working_on(output: Path) -> Iterator[Path]:
    """The working folder of the output, held by this process alone; gone when all ends well.

    Raises:
        EnvironmentProblem: If another process works on the same output.
    """
    folder = working_folder(output)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder / "lock", timeout_seconds=0))
        except EnvironmentProblem as problem:
            raise EnvironmentProblem(f"{output} is being written already: {problem}") from None
        for torn in folder.glob(".output*.part"):  # of a killed process
            torn.unlink()
        try:
            yield folder
        except InputError:  # the same input fails the same way: nothing to go on with
            shutil.rmtree(folder)
            raise
        shutil.rmtree(folder)


def parts_of(folder: Path, key: str) -> PredictionParts:
    """The parts made under the key; those of another model, source or column are removed."""
    wanted = folder / key[:16]
    for other in folder.glob("[0-9a-f]" * 16):
        if other != wanted:
            shutil.rmtree(other)
    return PredictionParts(wanted)
