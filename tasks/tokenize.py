"""Task: tables to vocabularies and flat id arrays."""

from pathlib import Path
from typing import cast

from prefect import task

from configs.experiment import ExperimentConfig
from storage.steps import Facts, StepResult
from tasks.run import Run
from tasks.steps import Step, StepOutput, outcome, perform


@task(name="tokenize")
def tokenize(run: Run, tables: StepOutput, experiment: ExperimentConfig) -> StepOutput:
    """Build the vocabulary from the training split alone, and encode every split with it."""
    return outcome(tokenize_step(run, tables, experiment))


def tokenize_step(run: Run, tables: StepOutput, experiment: ExperimentConfig) -> StepResult:
    """The same as part of another task."""
    step = Step(
        name="tokenize",
        modules=("training.encoding",),
        inputs={"tables": tables},
        parameters={
            "problem": experiment.data.problem,
            "text": experiment.text.model_dump(mode="json", exclude={"vectors"}),
        },
    )

    def work(folder: Path) -> Facts:
        from training.encoding import encode

        return encode(tables.folder, folder, data=experiment.data, text=experiment.text)

    return perform(run, step, work, summary=_summary)


def _summary(facts: Facts) -> str:
    words = facts["vocabulary"]
    sizes = words.values() if isinstance(words, dict) else [words]
    unknown = cast(dict[str, float], facts["unknown_share"])["validation"]
    return f"{' + '.join(f'{size:,}' for size in sizes)} words, {unknown:.1%} unknown"
