"""From a job to its problem, bound to the job's token ids."""

from pathlib import Path
from typing import assert_never

from training.job import TrainingJob
from training.problems.classification import Classification
from training.problems.events import Events
from training.problems.language_modelling import LanguageModelling
from training.problems.tagging import Tagging
from training.problems.translation import Translation


def open_problem(
    tokens: Path, job: TrainingJob
) -> Classification | Events | Tagging | LanguageModelling | Translation:
    """The problem of the job.

    Args:
        tokens: Folder of token ids.
        job: Says which problem, and which network solves it.
    """
    match job.problem:
        case "classification":
            return Classification(tokens, job)
        case "events":
            return Events(tokens, job)
        case "tagging":
            return Tagging(tokens, job)
        case "language_modelling":
            return LanguageModelling(tokens, job)
        case "translation":
            return Translation(tokens, job)
        case _:
            assert_never(job.problem)
