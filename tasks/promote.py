"""Task: the decision whether a version becomes the champion."""

import logging
from dataclasses import dataclass

from prefect import task
from prefect.artifacts import create_link_artifact, create_markdown_artifact

from configs.settings import Settings
from storage.audit import AuditLog
from storage.faults import fault_point
from storage.files import write_json, write_text
from storage.journal import FILE, Journal
from tasks.deciding import Judgement, judge, tag_of
from tasks.events import emit
from tasks.exclusive import exclusively
from tasks.run import Run
from tasks.steps import StepOutput
from tasks.verdict import Verdict
from tracking.links import comparison_link, run_link
from tracking.registry import (
    Decision,
    ModelVersion,
    Promotion,
    move_champion,
    registered_name,
    version,
)
from tracking.shipping import answers
from tracking.store import TrackingStore
from training.scores import Scores
from training.verdict import verdict

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class ByHand:
    """A person asks for a version to become champion.

    Attributes:
        reason: Their words.
        force: Whether it becomes champion whatever the rule says.
    """

    reason: str
    force: bool


@dataclass(frozen=True)
class Settlement:
    """What became of a version.

    Attributes:
        version: The version.
        promotion: What the registry did.
        judgement: What it rests on; None where the version was the champion already.
        page: The same for people, as Markdown.
    """

    version: ModelVersion
    promotion: Promotion
    judgement: Judgement | None
    page: str

    @property
    def alias(self) -> str:
        """The alias that the version holds afterwards."""
        champion = self.promotion.champion
        is_champion = champion is not None and champion.version == self.version.version
        return "champion" if is_champion else "challenger"


@task(name="promote")
def promote(run: Run, number: int | None, scores: StepOutput) -> Verdict:
    """Let the version become the champion, or stand beside it, and say why."""
    fault_point("promote.start")
    settings = Settings.from_environment()
    store = TrackingStore.from_settings(settings)
    name = registered_name(settings.registry_prefix, run.experiment)
    settled = link = None
    if number is not None:
        try:
            settled = settle(run, store, version(store, name, number))
            link = _link(store, run)
        except Exception as problem:
            if answers(store):
                raise
            _LOG.warning("MLflow went away (%s); `seqflow sync` decides later", problem)
    if settled:
        create_markdown_artifact(settled.page, key="promotion")
    fault_point("promote.end")
    return Verdict(
        experiment=run.experiment,
        model=name,
        version=number,
        alias=settled.alias if settled else None,
        sentence=verdict(Scores.read(scores.folder)),
        report=scores.folder / "report.md",
        run=run.folder.name,
        link=link,
        promotion=settled.promotion.decision.reason if settled else "",
    )


def settle(
    run: Run, store: TrackingStore, challenger: ModelVersion, *, by_hand: ByHand | None = None
) -> Settlement:
    """Decide about a registered version, and move the alias if it is the better one.

    The verdict with its numbers goes into the audit log, to tags of the version and its run,
    into the run's files, and out as an event.

    Args:
        run: The run that made the version; its experiment holds the rule.
        store: Where it is registered.
        challenger: The version.
        by_hand: The person who asks for it; None: a finished training does.
    """
    judged = list[Judgement]()

    def decide(champion: ModelVersion | None) -> Decision:
        judged.append(judge(run, store, champion, challenger))
        decision = judged[0].decision
        return _by_hand(decision, by_hand) if by_hand else decision

    with exclusively(store, challenger.name):
        promotion = move_champion(store, challenger, decide, audit=AuditLog(run.home))
    judgement = judged[0] if judged else None
    page = _page(challenger, promotion, judgement)
    settled = Settlement(challenger, promotion, judgement, page)
    _keep(run, settled)
    if judgement:
        _tell(run, settled)
    return settled


def _by_hand(said: Decision, by_hand: ByHand) -> Decision:
    """The rule's decision, or the person's against it."""
    forced = by_hand.force and not said.promote
    verb = "forced by hand" if forced else "asked for by hand"
    return Decision(
        promote=said.promote or forced,
        reason=f"{verb} ({by_hand.reason}); {said.reason}",
        p_value=said.p_value,
        evidence={**said.evidence, "by_hand": by_hand.reason, "forced": forced},
    )


def _page(version: ModelVersion, promotion: Promotion, judgement: Judgement | None) -> str:
    from training.comparison_page import comparison_page
    from training.markdown import capitalised, quoted

    outcome = "promoted" if promotion.decision.promote else "not promoted"
    reason = quoted(promotion.decision.reason, longest=2000)
    lines = [f"# {version.name} v{version.version} is {outcome}", "", f"{capitalised(reason)}."]
    if judgement and judgement.comparison and judgement.ruling:
        lines += ["", *comparison_page(judgement.comparison, judgement.ruling)]
    return "\n".join(lines) + "\n"


def _keep(run: Run, settled: Settlement) -> None:
    """Write the decision to the run's journal and files, where the run is of this home."""
    if not (run.folder / FILE).is_file():
        return
    journal, decision = Journal(run.folder), settled.promotion.decision
    journal.record(
        "decided", version=settled.version.version, alias=settled.alias, reason=decision.reason
    )
    if settled.judgement is None:
        return
    folder = run.folder / "promotion"
    write_text(folder / "promotion.md", settled.page)
    if settled.judgement.comparison:
        content = settled.judgement.comparison.as_json()
        write_json(folder / "comparison.json", {"evidence": decision.evidence, **content})
    journal.artifact(folder, "promotion")


def _tell(run: Run, settled: Settlement) -> None:
    """Let those know who wait for a new champion, or for news of a refusal."""
    decision, previous = settled.promotion.decision, settled.promotion.previous
    emit(
        f"seqflow.model.{'promoted' if decision.promote else 'refused'}",
        run.experiment,
        reason=decision.reason,
        model=settled.version.name,
        version=str(settled.version.version),
        champion=str(previous.version) if previous else "",
        p_value="" if decision.p_value is None else f"{decision.p_value:.6g}",
        trigger=tag_of(run.folder, "trigger"),
        data_digest=tag_of(run.folder, "data_version"),
    )


def _link(store: TrackingStore, run: Run) -> str | None:
    """Link the Prefect run to the MLflow run; returns the page that compares the last ones."""
    page = run_link(store, run.folder)
    if page:
        create_link_artifact(page, key="mlflow-run", link_text=f"{run.experiment} in MLflow")
    return comparison_link(store, run.experiment)
