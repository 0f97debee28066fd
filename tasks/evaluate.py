"""Task: a bundle's scores on the test split, beside its baselines."""

from pathlib import Path

from prefect import task
from prefect.artifacts import create_markdown_artifact

from configs.experiment import ExperimentConfig
from configs.settings import Settings
from storage.journal import Journal
from storage.steps import Facts
from tasks.run import Run
from tasks.steps import Step, StepOutput, outcome, perform
from tracking.registry import registered_name
from tracking.runs import record_scores, record_table, record_verdict
from training.scores import SENTENCES, Scores
from training.verdict import verdict


@task(name="evaluate")
def evaluate(
    run: Run,
    trained: StepOutput,
    tables: StepOutput,
    tokens: StepOutput,
    experiment: ExperimentConfig,
) -> StepOutput:
    """Score the test split once; scores, report and pictures go to the run."""
    from training.job import TrainingJob

    job = TrainingJob.of(experiment)
    name = run.experiment
    registered = registered_name(Settings.from_environment().registry_prefix, name)
    step = Step(
        name="evaluate",
        modules=("training.evaluation", "data_checks.profiling"),
        inputs={"trained": trained, "tables": tables, "tokens": tokens},
        parameters={"name": name, "registered": registered, "problem": job.problem},
    )

    def work(folder: Path) -> Facts:
        from data_checks.profiling import profile_training
        from training.evaluation import evaluate as score
        from training.model_card import ModelName

        facts = score(
            trained.folder / "bundle",
            tables.folder,
            tokens.folder,
            folder,
            job=job,
            name=ModelName(name, registered),
            train_folder=trained.folder,
        )
        answers = folder / "predictions.parquet"
        profile_training(
            tables.folder, tokens.folder, answers, problem=experiment.data.problem
        ).write(folder / "profile")
        return facts

    result = perform(run, step, work, summary=lambda facts: str(facts["summary"]))
    _publish(run.journal(), result.folder)
    report = (result.folder / "report.md").read_text(encoding="utf-8")
    create_markdown_artifact(report, key="report")
    return outcome(result)


def _publish(journal: Journal, folder: Path) -> None:
    scores = Scores.read(folder)
    record_scores(journal, dict(scores.figures()))
    record_verdict(journal, verdict(scores))
    keep_evaluation(journal, folder)
    if (folder / SENTENCES).is_file():
        record_table(journal, f"evaluation/{SENTENCES}")


def keep_evaluation(journal: Journal, folder: Path) -> None:
    """Keep an evaluation's files with the run: folders by their name, files together."""
    for path in sorted(folder.iterdir()):
        if path.name != "manifest.json":
            journal.artifact(path, path.name if path.is_dir() else "evaluation")
