"""How a task runs a step: reused where nothing changed, shown as such in Prefect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from prefect.client.schemas.objects import State
from prefect.states import Completed

from storage import progress
from storage.code import code_digests
from storage.files import Json
from storage.steps import Facts, StepKey, StepResult, run_step, step_folder
from tasks.run import Run


@dataclass(frozen=True)
class StepOutput:
    """What travels to later tasks: where a step's outputs lie, and their digest."""

    folder: Path
    digest: str


@dataclass(frozen=True)
class Step:
    """A step as a task declares it.

    Attributes:
        name: One of the user's words.
        modules: Dotted names of the modules whose functions do the work.
        inputs: Outputs of earlier steps by name.
        parameters: Settings that the step depends on.
        keep_partial: The work resumes what an unfinished attempt left.
    """

    name: str
    modules: tuple[str, ...]
    inputs: Mapping[str, StepOutput]
    parameters: Mapping[str, Json]
    keep_partial: bool = False


def perform(
    run: Run, step: Step, work: Callable[[Path], Facts], *, summary: Callable[[Facts], str]
) -> StepResult:
    """Do the step or reuse it, and tell whoever watches in one line how it ended.

    Args:
        run: The run the step belongs to; its experiment's last result explains a change.
        step: What decides the outputs.
        work: Writes the outputs below a folder; returns facts.
        summary: One line made of the facts.
    """
    progress.started(step.name)
    files, packages = code_digests(*step.modules)
    key = StepKey(
        name=step.name,
        inputs={name: output.digest for name, output in step.inputs.items()},
        parameters=step.parameters,
        code=files,
        packages=packages,
    )
    # before the step's folder is looked at, so that nobody clears away what a live run uses
    run.journal().record("step", step=step.name, folder=step_folder(run.home, key).name)
    result = run_step(
        run.home, key, work, subject=run.experiment, keep_partial=step.keep_partial
    )
    progress.finished(
        step.name,
        summary(result.facts),
        seconds=result.seconds,
        reused=result.reused,
        reason=result.reason,
    )
    return result


def outcome(result: StepResult) -> StepOutput:
    """The step's output; a reused one comes wrapped in a Prefect state that says why.

    Prefect unwraps the state when it is handed to the next task, so both are the same there.
    """
    output = StepOutput(result.folder, result.digest)
    if not result.reused:
        return output
    state: State[StepOutput] = Completed(name="Reused", message=result.reason, data=output)
    return cast(StepOutput, state)


def unwrapped(output: StepOutput) -> StepOutput:
    """The output itself, for code that is no task: a reused one reaches a flow as its state."""
    if not isinstance(output, State):
        return output
    return cast(StepOutput, output.result())
