"""What decides about a challenger: the rule where there is a champion, the floor where not."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from configs.promotion import PromotionConfig
from storage.errors import InputError
from storage.files import read_json
from storage.journal import read_records
from tasks.contest import Contestant, contest, seen_by
from tasks.run import Run
from tracking.bundles import registered_bundle
from tracking.evaluations import evaluation_of
from tracking.registry import Decision, ModelVersion
from tracking.store import TrackingStore

if TYPE_CHECKING:
    from training.comparison import PairedComparison
    from training.promotion import Ruling


@dataclass(frozen=True)
class Judgement:
    """A decision with what it rests on.

    Attributes:
        decision: What the registry acts on.
        comparison: Champion and challenger; None where there was nothing to compare.
        ruling: What the rule says of it.
    """

    decision: Decision
    comparison: "PairedComparison | None" = None
    ruling: "Ruling | None" = None


def judge(
    run: Run, store: TrackingStore, champion: ModelVersion | None, challenger: ModelVersion
) -> Judgement:
    """Decide about the challenger; nothing is changed by it.

    Args:
        run: The challenger's run, or where its files would lie.
        store: Where both are registered.
        champion: The version that stands; None while there is none.
        challenger: The version in question.
    """
    if challenger.rolled_back:
        reason = f"it was rolled back, {challenger.rolled_back}; only a person brings it back"
        return Judgement(Decision(False, reason))
    try:
        second = contestant(run.home, store, challenger)
        if champion is None:
            return Judgement(_first(second))
        return compared(run, contestant(run.home, store, champion), second)
    except InputError as problem:
        reason = f"v{challenger.version} could not be compared: {problem}"
        return Judgement(Decision(False, reason))


def compared(run: Run, first: Contestant, second: Contestant) -> Judgement:
    """What the rule says of two models.

    Raises:
        InputError: If they cannot be compared.
    """
    from training.promotion import evidence, rule_on

    config = promotion_config(second)
    comparison = contest(run, first, second, metric=config.metric)
    trigger = tag_of(run.folder, "trigger") or "manual"
    ruling = rule_on(comparison, config, trigger=trigger, seen=seen_by(first, second))
    numbers = evidence(comparison, ruling)
    decision = Decision(ruling.promote, ruling.sentence, ruling.p_value, numbers)
    return Judgement(decision, comparison, ruling)


def contestant(home: Path, store: TrackingStore, version: ModelVersion) -> Contestant:
    """A registered version with its files at hand."""
    wanted = str(version.version)
    found = registered_bundle(store, version.name, wanted, cache=home / "bundles")
    evaluation = evaluation_of(store, home, version)
    return Contestant(f"v{wanted}", found.folder, version.bundle, evaluation, version.run)


def promotion_config(contestant: Contestant) -> PromotionConfig:
    """The rule of the experiment that made the model; the default where it is not kept."""
    if contestant.evaluation is None or contestant.evaluation.config is None:
        return PromotionConfig()
    content = cast(dict[str, Any], read_json(contestant.evaluation.config))
    return PromotionConfig.model_validate(content.get("promotion", {}))


def tag_of(run: Path, key: str) -> str:
    """The last value of a tag in a run's journal; empty without one."""
    found = [r for r in read_records(run) if r["kind"] == "tag" and r.get("key") == key]
    return str(found[-1]["value"]) if found else ""


def _first(challenger: Contestant) -> Decision:
    """The first version need only be significantly better than what learns nothing."""
    from training.scores import Scores

    if challenger.evaluation is None:
        return Decision(False, f"nobody has the scores of {challenger.name}; train it again")
    scores = Scores.read(challenger.evaluation.folder)
    lead = scores.baselines[scores.floor].lead
    if scores.beats_floor:
        return Decision(True, f"the first that beats {scores.floor}", lead.p_value)
    return Decision(False, f"not significantly better than {scores.floor}", lead.p_value)
