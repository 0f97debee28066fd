"""Task: the decision whether a version becomes the champion."""

import logging

from prefect import task
from prefect.artifacts import create_link_artifact

from configs.settings import Settings
from storage.faults import fault_point
from storage.journal import Journal
from tasks.run import Run
from tasks.steps import StepOutput
from tasks.verdict import Verdict
from tracking.links import comparison_link, run_link
from tracking.registry import Decision, ModelVersion, move_champion, registered_name, version
from tracking.shipping import answers
from tracking.store import TrackingStore
from training.scores import Scores
from training.verdict import verdict

_LOG = logging.getLogger(__name__)


@task(name="promote")
def promote(run: Run, number: int | None, scores: StepOutput) -> Verdict:
    """Let the version become the champion, or stand beside it, and say why."""
    fault_point("promote.start")
    settings = Settings.from_environment()
    store = TrackingStore.from_settings(settings)
    name = registered_name(settings.registry_prefix, run.experiment)
    evidence = Scores.read(scores.folder)
    alias = link = None
    if number is not None:
        try:
            alias = settle(run.journal(), store, version(store, name, number), evidence)
            link = _link(store, run)
        except Exception as problem:
            if answers(store):
                raise
            _LOG.warning("MLflow went away (%s); `seqflow sync` decides later", problem)
    fault_point("promote.end")
    return Verdict(
        experiment=run.experiment,
        model=name,
        version=number,
        alias=alias,
        sentence=verdict(evidence),
        report=scores.folder / "report.md",
        run=run.folder.name,
        link=link,
    )


def settle(
    journal: Journal, store: TrackingStore, challenger: ModelVersion, evidence: Scores
) -> str:
    """Decide about a registered version, and move the alias if it is the better one.

    Returns:
        The alias it holds afterwards; the journal remembers that it was decided.
    """

    def decide(champion: ModelVersion | None) -> Decision:
        if champion is not None:
            return Decision(False, f"version {champion.version} stays until it is outdone")
        floor = evidence.baselines[evidence.floor].lead
        if evidence.beats_floor:
            return Decision(True, f"the first that beats {evidence.floor}", floor.p_value)
        return Decision(False, f"not significantly better than {evidence.floor}", floor.p_value)

    promotion = move_champion(store, challenger, decide)
    champion = promotion.champion
    is_champion = champion is not None and champion.version == challenger.version
    alias = "champion" if is_champion else "challenger"
    journal.record(
        "decided", version=challenger.version, alias=alias, reason=promotion.decision.reason
    )
    return alias


def _link(store: TrackingStore, run: Run) -> str | None:
    """Link the Prefect run to the MLflow run; returns the page that compares the last ones."""
    page = run_link(store, run.folder)
    if page:
        create_link_artifact(page, key="mlflow-run", link_text=f"{run.experiment} in MLflow")
    return comparison_link(store, run.experiment)
