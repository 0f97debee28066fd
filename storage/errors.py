"""The errors a person can meet, with the exit code each ends a command with.

SeqflowError
├── InputError            2   what the user gave: a name, a value, a file
│   └── CorpusFormatError 2   a file that does not hold what its format promises
├── DataCheckError        1   the gate found something critical
├── PromotionRefused      1   the challenger is not shown to be better
├── NotReproduced         1   a rerun that came out different
├── TrainingError         1   the loss ran away, or memory ran out
├── EnvironmentProblem    3   disk, permissions, Prefect, MLflow
│   └── DownloadError     3   a source that cannot be had, or is not what it was
└── Interrupted      130/143  a signal; the same command goes on from here
"""


class SeqflowError(Exception):
    """Base of all errors with a message meant for a person."""

    exit_code = 1


class InputError(SeqflowError, ValueError):
    """What the user gave cannot be used; the message names value, limit and way out."""

    exit_code = 2


class CorpusFormatError(InputError):
    """A data file does not hold what its format promises."""


class DataCheckError(SeqflowError):
    """The gate between data and training found something critical."""


class PromotionRefused(SeqflowError):
    """The challenger is not shown to be better than the champion."""


class NotReproduced(SeqflowError):
    """A run was done once more and came out different."""


class TrainingError(SeqflowError):
    """Training cannot go on: a non-finite loss, or no memory."""


class EnvironmentProblem(SeqflowError):
    """The machine or a server stands in the way: disk, permissions, Prefect, MLflow."""

    exit_code = 3


class DownloadError(EnvironmentProblem):
    """A source cannot be had, or its content is not what it was."""


class Interrupted(SeqflowError):
    """A signal stopped the run at a safe place.

    Args:
        message: What was kept, and how to go on.
        signal_number: The signal; the exit code is 128 plus this.
    """

    def __init__(self, message: str, *, signal_number: int) -> None:
        super().__init__(message)
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number
