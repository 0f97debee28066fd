"""Every check of event sequences finds the defect planted for it."""

from pathlib import Path

import pytest

from configs.events import EventsConfig
from data_checks.inspections import inspections_of
from tests.data_checks.corpus import Corpus
from tests.data_checks.test_suites import (
    Defect,
    assert_found,
    count,
    drop,
    found,
    keep,
    put,
    repeat,
)


def repeated(corpus: Corpus) -> None:
    for column in ("case", "events", "gaps"):
        put("train", column, "1 2", rows=14)(corpus)


SEQUENCES = [
    ("columns", "test", "critical", drop("test", "gaps")),
    ("row_count", "validation", "critical", keep("validation", 9)),
    ("missing_sequence", "train", "critical", put("train", "events", None)),
    ("blank_sequence", "test", "critical", put("test", "events", " ")),
    ("missing_case", "test", "critical", put("test", "case", None)),
    ("missing_label", "test", "critical", put("test", "label", None)),
    ("missing_group", "train", "critical", put("train", "group", None)),
    ("empty_sequence", "train", "critical", count("train", "tokens", 0, rows=4)),
    ("longest_sequence", "test", "critical", count("test", "tokens", 100_001, rows=1)),
    ("ungapped_events", "test", "critical", put("test", "gaps", "0 1 2")),
    ("ungapped_events", "train", "critical", put("train", "gaps", "0 1 2 soon")),
    ("ungapped_events", "train", "critical", put("train", "gaps", None)),
    ("time_runs_backwards", "train", "critical", put("train", "gaps", "0 1 -0.5 2")),
    ("leakage", "test", "critical", repeat("group", "test", of=("train", "group"))),
    ("classes", "train", "critical", put("train", "label", "good", rows=60)),
    ("class_size", "train", "critical", put("train", "label", "rare")),
    ("new_labels", "test", "critical", put("test", "label", "unheard of")),
    ("absent_labels", "validation", "warning", put("validation", "label", "good", rows=20)),
    ("imbalance", "train", "warning", put("train", "label", "good", rows=56)),
    ("duplicates", "train", "warning", repeated),
    ("unknown_events", "test", "warning", count("test", "unknown", 2)),
    ("truncated_sequence", "train", "warning", count("train", "truncated", True, rows=4)),
]


@pytest.mark.parametrize(("check", "split", "severity", "plant"), SEQUENCES)
def test_a_defect_planted_in_sequences_is_found(
    check: str, split: str, severity: str, plant: Defect, tmp_path: Path
) -> None:
    assert_found("events", check, split, severity, plant, tmp_path)


def test_every_check_of_sequences_has_a_planted_defect(tmp_path: Path) -> None:
    corpus = Corpus.clean("events")
    inspections = inspections_of(*corpus.write(tmp_path), corpus.config())
    names = {check.name for inspection in inspections for check in inspection.suite}
    assert names == {check for check, *_ in SEQUENCES}


@pytest.mark.parametrize(
    ("gaps", "flagged"),
    [
        ("3 2 1 0", []),
        ("3 1 1 0", []),
        ("3 4 1 0", ["backwards"]),
        ("3 2 1 0.5", ["ends_late"]),
        ("3 2 0 -1", ["backwards", "ends_late"]),
    ],
)
def test_times_to_the_last_event_fall_to_zero(
    gaps: str, flagged: list[str], tmp_path: Path
) -> None:
    corpus = Corpus.clean("events")
    for table in corpus.tables.values():
        table["gaps"] = "5 2 1 0"
    put("test", "gaps", gaps)(corpus)
    data = corpus.config().model_copy(update={"events": EventsConfig(gaps="to_last")})
    (test,) = (
        each for each in inspections_of(*corpus.write(tmp_path), data) if each.name == "test"
    )
    assert [name for name in ("backwards", "ends_late") if test.frame[name].any()] == flagged
    names = {check.name for check in test.suite}
    assert {"time_runs_backwards", "time_after_the_last"} <= names


def test_a_finding_speaks_of_cases(tmp_path: Path) -> None:
    corpus = Corpus.clean("events")
    repeat("group", "test", of=("train", "group"), rows=3)(corpus)
    assert found(corpus, "leakage", "test", tmp_path).message == (
        "the case of 3 rows of test (15 %) stands in train or validation; "
        "at most 0 % is allowed (data.checks.max_leaked_share)"
    )
