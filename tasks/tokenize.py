"""Task: tables to vocabularies and flat id arrays."""

from functools import partial
from pathlib import Path
from typing import cast

from prefect import task

from configs.experiment import ExperimentConfig
from configs.text import TextConfig
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

    return perform(run, step, work, summary=partial(_summary, text=experiment.text))


def _summary(facts: Facts, text: TextConfig) -> str:
    words = facts["vocabulary"]
    sizes = [*words.values()] if isinstance(words, dict) else [words]
    if text.joint_vocabulary:
        return f"{sizes[0]:,} pieces for both sides"
    known = " + ".join(f"{size:,}" for size in sizes)
    if text.tokenizer == "bpe":
        return f"{known} pieces"
    unknown = cast(dict[str, float], facts["unknown_share"])["validation"]
    kind = "characters" if text.tokenizer == "characters" else "words"
    return f"{known} {kind}, {unknown:.1%} unknown"
