"""Task: what a sweep came to, as a page, pictures, a table, and settings to train with."""

import os
from pathlib import Path
from typing import NamedTuple

import yaml
from prefect import task
from prefect.artifacts import create_markdown_artifact

from configs.experiment import ExperimentConfig
from configs.shipped import changed, preset_names
from storage import progress
from storage.files import write_json, write_text
from tasks.run import Run
from tasks.steps import StepOutput
from tasks.trials import Sweep
from tracking.runs import record_verdict
from training.sweep_page import SweepResults, figure, sentence, sweep_page, trials_csv

PAGE, SETTINGS = "sweep.md", "best.yaml"
_OF_THE_NEWEST_DATA = ("version", "added")


class Best(NamedTuple):
    """What a sweep leads to.

    Attributes:
        experiment: The experiment with the best settings.
        sentence: The verdict in one sentence.
        file: YAML of it, which `seqflow train` takes.
        report: The page for people.
    """

    experiment: ExperimentConfig
    sentence: str
    file: Path
    report: Path


@task(name="sweep-report")
def sweep_report(run: Run, sweep: Sweep, tokens: StepOutput) -> Best:
    """Keep what came out with the run; page and settings lie in the sweep's folder too.

    Raises:
        TrainingError: If no trial ended well.
    """
    progress.started("report")
    folder, file = run.folder / "sweep", sweep.folder / SETTINGS
    results = _results(sweep, tokens, file)
    experiment = sweep.with_settings_of(results.best)
    page, settings = sweep_page(results), _header(results) + settings_yaml(experiment)
    for place in (folder, sweep.folder):
        write_text(place / PAGE, page)
        write_text(place / SETTINGS, settings)
    write_text(folder / "trials.csv", trials_csv(results))
    write_json(folder / "importance.json", dict(results.importance))
    _draw(results, folder)
    journal, said = run.journal(), sentence(results)
    for number, value in ((each.number, each.value) for each in results.ranked()):
        if value is not None:
            journal.metric("sweep/value", value, step=number)
    journal.artifact(folder, "sweep")
    record_verdict(journal, said)
    create_markdown_artifact(page, key="sweep")
    progress.finished("report", said, seconds=0.0)
    return Best(experiment, said, file, sweep.folder / PAGE)


def settings_yaml(experiment: ExperimentConfig) -> str:
    """The experiment as YAML: its preset and what differs, or all of it where it has none.

    It trains on the newest data, so it names no version; what a sweep searches is left out.
    """
    whole = experiment.model_dump(mode="json", exclude={"sweep", "preset"})
    whole["data"] = {
        name: value for name, value in whole["data"].items() if name not in _OF_THE_NEWEST_DATA
    }
    if experiment.preset in preset_names():
        base = ExperimentConfig.model_validate({"preset": experiment.preset})
        differences = changed(base.model_dump(mode="json"), whole)
        whole = {"preset": experiment.preset, "name": experiment.name, **differences}
    return yaml.safe_dump(whole, sort_keys=False, allow_unicode=True)


def _results(sweep: Sweep, tokens: StepOutput, file: Path) -> SweepResults:
    import numpy as np

    rows = np.load(tokens.folder / "validation" / "rows.npy", mmap_mode="r")
    return SweepResults(
        name=sweep.experiment.name,
        goal=sweep.search.goal,
        ranges=sweep.experiment.sweep.searched,
        attempts=sweep.search.attempts(),
        best=sweep.best(),
        importance=sweep.search.importance(),
        validation_rows=len(rows),
        command=f"seqflow train {os.path.relpath(file)}",
    )


def _header(results: SweepResults) -> str:
    """Where the settings come from, as comments."""
    best = results.best
    return (
        f"# Best of {len(results.attempts)} trials of a sweep of {results.name}: trial "
        f"{best.number}, validation {results.goal.metric} {figure(best.value)}\n"
        f"# (optimistic: picked for being the best on these validation rows).\n"
        f"# Run:  {results.command}\n"
    )


def _draw(results: SweepResults, folder: Path) -> None:
    from training.sweep_figures import draw_importance, draw_parallel_coordinates

    draw_parallel_coordinates(results, folder / "parallel-coordinates.png")
    if results.importance:
        draw_importance(results, folder / "importance.png")
