"""Task: the decision whether a version becomes the champion."""

from prefect import task
from prefect.artifacts import create_link_artifact

from configs.settings import Settings
from storage.faults import fault_point
from tasks.run import Run
from tasks.steps import StepOutput
from tasks.verdict import Verdict
from tracking.links import run_link
from tracking.registry import Decision, ModelVersion, move_champion, registered_name, version
from tracking.store import TrackingStore
from training.scores import Scores
from training.verdict import verdict


@task(name="promote")
def promote(run: Run, number: int | None, scores: StepOutput) -> Verdict:
    """Let the version become the champion, or stand beside it, and say why."""
    fault_point("promote.start")
    settings = Settings.from_environment()
    store = TrackingStore.from_settings(settings)
    name = registered_name(settings.registry_prefix, run.experiment)
    evidence = Scores.read(scores.folder)
    alias = settle(store, name, number, evidence) if number is not None else None
    fault_point("promote.end")
    link = run_link(store, run.folder) if number is not None else None
    if link:
        create_link_artifact(link, key="mlflow-run", link_text=f"{run.experiment} in MLflow")
    return Verdict(
        model=name,
        version=number,
        alias=alias,
        sentence=verdict(evidence),
        report=scores.folder / "report.md",
        run=run.folder.name,
        link=link,
    )


def settle(store: TrackingStore, name: str, number: int, evidence: Scores) -> str | None:
    """Decide about a registered version, and move the alias if it is the better one.

    Returns:
        The alias it holds afterwards.
    """

    def decide(champion: ModelVersion | None) -> Decision:
        if champion is not None:
            return Decision(False, f"version {champion.version} stays until it is outdone")
        floor = evidence.baselines[evidence.floor].lead
        if evidence.beats_floor:
            return Decision(True, f"the first that beats {evidence.floor}", floor.p_value)
        return Decision(False, f"not significantly better than {evidence.floor}", floor.p_value)

    promotion = move_champion(store, version(store, name, number), decide)
    if promotion.champion is not None and promotion.champion.version == number:
        return "champion"
    return "challenger"
