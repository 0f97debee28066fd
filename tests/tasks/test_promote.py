"""Settling a version: what is decided, what moves, and what is written down."""

from pathlib import Path

import pandas as pd

from storage.audit import AuditLog
from storage.files import read_json, write_json
from storage.journal import read_records
from tasks.promote import ByHand, Settlement, settle
from tasks.roll_back import undo_promotion
from tests.tasks.two_models import NAME, TwoModels
from tracking.bundles import registered_bundle
from tracking.evaluations import evaluation_of
from tracking.registry import champion


def settled(two: TwoModels, number: int, by_hand: ByHand | None = None) -> Settlement:
    return settle(two.run(number), two.store, two.version(number), by_hand=by_hand)


def champion_of(two: TwoModels) -> int | None:
    now = champion(two.store, NAME)
    return now.version if now else None


def test_a_better_challenger_is_promoted_and_the_numbers_are_everywhere(two: TwoModels) -> None:
    first = settled(two, two.weak)
    assert (first.alias, champion_of(two)) == ("champion", two.weak)
    assert first.promotion.decision.reason == "the first that beats majority"
    second = settled(two, two.strong)
    decision = second.promotion.decision
    assert (second.alias, champion_of(two)) == ("champion", two.strong)
    assert decision.reason.startswith("accuracy 1.000 against 0.667 of v1: +0.333 [")
    assert decision.evidence["hypothesis"] == "difference > 0"

    tags = two.store.client().get_model_version(NAME, str(two.strong)).tags
    assert tags["seqflow.promotion.outcome"] == "promoted"
    assert tags["seqflow.promotion.previous_version"] == str(two.weak)
    assert '"metric":"accuracy"' in tags["seqflow.promotion.evidence"]
    log = AuditLog(two.home)
    assert [(e["kind"], e["version"]) for e in log.entries(NAME)] == [
        ("promoted", two.weak),
        ("promoted", two.strong),
    ]
    assert log.verify() is None
    run = two.run(two.strong).folder
    assert [r["alias"] for r in read_records(run) if r["kind"] == "decided"] == ["champion"]
    page = (run / "promotion" / "promotion.md").read_text(encoding="utf-8")
    assert page.startswith("# reviews v2 is promoted")
    assert "80 answers got better" in page
    content = read_json(run / "promotion" / "comparison.json")
    assert isinstance(content, dict)
    assert content["gained"] == 80


def test_a_worse_challenger_is_refused_and_asking_again_answers_no_row_again(
    two: TwoModels,
) -> None:
    settled(two, two.strong)
    settled(two, two.weak)
    [answers] = (two.home / "steps" / "compare").glob("*/predictions.parquet")
    made = answers.stat().st_mtime_ns
    refused = settled(two, two.weak)
    assert answers.stat().st_mtime_ns == made
    assert (refused.alias, champion_of(two)) == ("challenger", two.strong)
    reason = refused.promotion.decision.reason
    assert "not shown to be better" in reason
    assert "class/good is significantly worse: F1 -0.333" in reason
    assert "previous_version" not in str(
        two.store.client().get_model_version(NAME, str(two.weak)).tags
    )


def test_the_rule_of_the_challengers_own_experiment_and_trigger_holds(two: TwoModels) -> None:
    settled(two, two.weak)
    run = two.run(two.strong)
    write_json(run.folder / "config.json", {"promotion": {"minimum_effect": 0.3}})
    refused = settled(two, two.strong)
    assert refused.alias == "challenger"
    assert "not shown to be better by more than 0.3" in refused.promotion.decision.reason
    run.journal().tag("trigger", "drift")
    drifted = settled(two, two.strong)
    assert drifted.alias == "champion"
    assert drifted.promotion.decision.evidence["hypothesis"] == "difference > -0.01"


def test_test_rows_that_the_champion_has_learnt_from_refuse_the_promotion(
    two: TwoModels,
) -> None:
    settled(two, two.weak)
    evaluation = evaluation_of(two.store, two.home, two.version(two.weak))
    assert evaluation is not None
    assert evaluation.groups is not None
    before = evaluation.groups.read_bytes()
    leaked = pd.DataFrame({"group": [f"{place:016x}" for place in range(4)], "split": "train"})
    try:
        leaked.to_parquet(evaluation.groups, index=False)
        refused = settled(two, two.strong)
    finally:
        evaluation.groups.write_bytes(before)
    assert champion_of(two) == two.weak
    assert "the champion learnt from 4 groups" in refused.promotion.decision.reason


def test_only_a_person_brings_back_what_was_rolled_back(two: TwoModels) -> None:
    settled(two, two.weak)
    settled(two, two.strong)
    undo_promotion(two.home, two.store, NAME, NAME, reason="too slow")
    assert champion_of(two) == two.weak
    refused = settled(two, two.strong)
    assert champion_of(two) == two.weak
    assert "too slow; only a person brings it back" in refused.promotion.decision.reason
    forced = settled(two, two.strong, ByHand("fast again", force=True))
    assert champion_of(two) == two.strong
    assert forced.promotion.decision.reason.startswith("forced by hand (fast again); it was")
    kinds = [entry["kind"] for entry in AuditLog(two.home).entries()]
    assert kinds == ["promoted", "promoted", "rolled-back", "refused", "promoted"]


def test_a_champion_that_cannot_answer_stays_until_it_is_overruled(two: TwoModels) -> None:
    settled(two, two.weak)
    found = registered_bundle(two.store, NAME, "champion", cache=two.home / "bundles")
    config = found.folder / "config.json"
    before = config.read_bytes()
    try:
        config.write_bytes(before + b" ")
        refused = settled(two, two.strong)
        assert champion_of(two) == two.weak
        reason = refused.promotion.decision.reason
        assert "v2 could not be compared" in reason
        assert "config.json is not the file that was written" in reason
        forced = settled(two, two.strong, ByHand("the old one is broken", force=True))
    finally:
        config.write_bytes(before)
    assert (forced.alias, champion_of(two)) == ("champion", two.strong)


def test_another_machine_finds_the_evaluation_in_mlflow(two: TwoModels, tmp_path: Path) -> None:
    here = evaluation_of(two.store, two.home, two.version(two.strong))
    there = evaluation_of(two.store, tmp_path / "other", two.version(two.strong))
    assert here is not None
    assert there is not None
    assert (tmp_path / "other") in there.folder.parents
    assert there.groups is not None
    assert there.config is not None
    pd.testing.assert_frame_equal(
        pd.read_parquet(here.predictions), pd.read_parquet(there.predictions)
    )
