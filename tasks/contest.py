"""Two models on the same frozen test rows: the champion, and the one that challenges it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import InputError
from storage.files import file_digest
from storage.steps import Facts
from tasks.run import Run
from tasks.steps import Step, StepOutput, perform
from tracking.evaluations import Evaluation

if TYPE_CHECKING:
    from training.comparison import PairedComparison
    from training.promotion import Seen


@dataclass(frozen=True)
class Contestant:
    """A model that can be compared.

    Attributes:
        name: What people call it: `champion v3`.
        bundle: Its folder.
        digest: Digest of the bundle.
        evaluation: Its own test rows and answers; None where they are not to be had.
        run: Name of the run that made it; empty where nobody knows.
    """

    name: str
    bundle: Path
    digest: str
    evaluation: Evaluation | None
    run: str


def contest(
    run: Run, first: Contestant, second: Contestant, *, metric: str | None
) -> "PairedComparison":
    """Compare both on the second's test rows, which the first answers anew.

    Args:
        run: Whose home keeps the answers, so that asking again costs nothing.
        first: The champion.
        second: The challenger.
        metric: What decides; None: the problem's headline.

    Raises:
        InputError: If the second's test rows cannot be had, or the first cannot answer them.
    """
    import pandas as pd

    from training.comparison import compare
    from training.scores import Scores

    if second.evaluation is None:
        raise InputError(
            f"the test rows of {second.name} are neither here nor in MLflow; train it again"
        )
    answers = second.evaluation.predictions
    if first.digest != second.digest:
        answers = _answered(run, first, second.evaluation)
    return compare(
        pd.read_parquet(answers),
        pd.read_parquet(second.evaluation.predictions),
        problem=Scores.read(second.evaluation.folder).problem,
        names=(first.name, second.name),
        metric=metric,
    )


def seen_by(first: Contestant, second: Contestant) -> "Seen":
    """How many of the second's test groups each has learnt from."""
    import pandas as pd

    from training.groups import count_seen
    from training.promotion import Seen

    assert second.evaluation is not None
    groups = pd.read_parquet(second.evaluation.predictions, columns=["group"])["group"]

    def seen(one: Contestant) -> int | None:
        known = one.evaluation.groups if one.evaluation else None
        return None if known is None else count_seen(groups, known)

    return Seen(champion=seen(first), challenger=seen(second))


def _answered(run: Run, first: Contestant, tested: Evaluation) -> Path:
    """The first model's answers to the rows that the second was tested on."""
    step = Step(
        name="compare",
        modules=("training.answers",),
        inputs={
            "bundle": StepOutput(first.bundle, first.digest),
            "tested": StepOutput(tested.folder, file_digest(tested.predictions)),
        },
        parameters={},
    )

    def work(folder: Path) -> Facts:
        from training.answers import answer

        return answer(first.bundle, tested.predictions, folder)

    def summary(facts: Facts) -> str:
        return f"{first.name} answers the {facts['rows']:,} test rows"

    return perform(run, step, work, summary=summary).folder / "predictions.parquet"
