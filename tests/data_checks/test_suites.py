"""Every check finds the defect planted for it, and nothing in a clean corpus."""

from collections.abc import Callable
from pathlib import Path

import pytest

from configs.data import Problem
from data_checks.findings import Finding
from data_checks.gate import Gate
from data_checks.inspections import inspections_of
from tests.data_checks.corpus import Corpus

Defect = Callable[[Corpus], None]


def test_a_clean_corpus_of_reviews_passes_every_check(tmp_path: Path) -> None:
    assert {each.standing for each in _found(Corpus.clean("classification"), tmp_path)} == {
        "passed"
    }


def test_a_clean_corpus_of_pairs_passes_every_check(tmp_path: Path) -> None:
    assert {each.standing for each in _found(Corpus.clean("translation"), tmp_path)} == {
        "passed"
    }


def put(split: str, column: str, value: object, *, rows: int = 1) -> Defect:
    """Put a value into the first rows of a table."""

    def plant(corpus: Corpus) -> None:
        table = corpus.tables[split]
        table[column] = table[column].astype(object)
        table.loc[: rows - 1, column] = value

    return plant


def count(split: str, column: str, value: object, *, rows: int = 20) -> Defect:
    """Put a value into the first rows of the counts."""

    def plant(corpus: Corpus) -> None:
        corpus.counts[split].loc[: rows - 1, column] = value

    return plant


def keep(split: str, rows: int) -> Defect:
    """Keep the first rows of a split only."""

    def plant(corpus: Corpus) -> None:
        corpus.tables[split] = corpus.tables[split][:rows]
        corpus.counts[split] = corpus.counts[split][:rows]

    return plant


def repeat(column: str, into: str, of: tuple[str, str], *, rows: int = 1) -> Defect:
    """Put the first values of a split's column into another."""

    def plant(corpus: Corpus) -> None:
        split, name = of
        values = corpus.tables[split][name][:rows]
        corpus.tables[into].loc[: rows - 1, column] = values

    return plant


def drop(split: str, column: str) -> Defect:
    def plant(corpus: Corpus) -> None:
        del corpus.tables[split][column]

    return plant


def repeat_pair(corpus: Corpus) -> None:
    """Make six pairs of test one: five of twenty repeat."""
    corpus.tables["test"].loc[:5, ["source", "target"]] = ["one source", "one target"]


REVIEWS = [
    ("columns", "test", "critical", drop("test", "label")),
    ("columns", "train", "critical", put("train", "label", 1, rows=60)),
    ("row_count", "validation", "critical", keep("validation", 9)),
    ("row_count", "test", "critical", keep("test", 0)),
    ("missing_text", "train", "critical", put("train", "text", None)),
    ("missing_label", "test", "critical", put("test", "label", None)),
    ("blank_text", "validation", "critical", put("validation", "text", "\u00a0 \n")),
    ("shortest_text", "train", "critical", count("train", "tokens", 0, rows=1)),
    ("longest_text", "test", "critical", count("test", "tokens", 100_001, rows=1)),
    ("classes", "train", "critical", put("train", "label", "good", rows=60)),
    ("class_size", "train", "critical", put("train", "label", "rare")),
    ("new_labels", "test", "critical", put("test", "label", "unheard of")),
    (
        "leakage",
        "validation",
        "critical",
        repeat("group", "validation", of=("train", "group")),
    ),
    ("leakage", "test", "critical", repeat("group", "test", of=("train", "group"))),
    ("leakage", "test", "critical", repeat("group", "test", of=("validation", "group"))),
    ("absent_labels", "validation", "warning", put("validation", "label", "good", rows=20)),
    ("imbalance", "train", "warning", put("train", "label", "good", rows=56)),
    ("duplicates", "train", "warning", put("train", "text", "the same again", rows=14)),
    ("unknown_text_words", "test", "warning", count("test", "unknown", 2)),
    ("truncated_text", "validation", "warning", count("validation", "truncated", True, rows=2)),
]
PAIRS = [
    ("columns", "train", "critical", put("train", "id", "one", rows=60)),
    ("row_count", "train", "critical", keep("train", 9)),
    ("missing_source", "train", "critical", put("train", "source", None)),
    ("missing_target", "test", "critical", put("test", "target", None)),
    ("blank_source", "validation", "critical", put("validation", "source", " ")),
    ("blank_target", "train", "critical", put("train", "target", "")),
    ("shortest_source", "test", "critical", count("test", "source_tokens", 0, rows=1)),
    ("shortest_target", "test", "critical", count("test", "target_tokens", 0, rows=1)),
    ("longest_source", "train", "critical", count("train", "source_tokens", 100_001, rows=1)),
    ("longest_target", "train", "critical", count("train", "target_tokens", 100_001, rows=1)),
    ("leakage", "test", "critical", repeat("group", "test", of=("train", "group"))),
    (
        "target_leakage",
        "test",
        "warning",
        repeat("target", "test", of=("train", "target")),
    ),
    ("unknown_source_words", "test", "warning", count("test", "source_unknown", 2)),
    ("unknown_target_words", "train", "warning", count("train", "target_unknown", 2, rows=60)),
    ("truncated_source", "train", "warning", count("train", "source_truncated", True, rows=4)),
    ("truncated_target", "train", "warning", count("train", "target_truncated", True, rows=4)),
    (
        "copies",
        "train",
        "warning",
        repeat("target", "train", of=("train", "source"), rows=4),
    ),
    ("duplicates", "test", "warning", repeat_pair),
    ("length_ratio", "train", "warning", count("train", "target_tokens", 60, rows=20)),
]


@pytest.mark.parametrize(("check", "split", "severity", "plant"), REVIEWS)
def test_a_defect_planted_in_reviews_is_found(
    check: str, split: str, severity: str, plant: Defect, tmp_path: Path
) -> None:
    assert_found("classification", check, split, severity, plant, tmp_path)


@pytest.mark.parametrize(("check", "split", "severity", "plant"), PAIRS)
def test_a_defect_planted_in_pairs_is_found(
    check: str, split: str, severity: str, plant: Defect, tmp_path: Path
) -> None:
    assert_found("translation", check, split, severity, plant, tmp_path)


def assert_found(
    problem: Problem, check: str, split: str, severity: str, plant: Defect, folder: Path
) -> None:
    """The check fails on that split, and on none of the others."""
    corpus = Corpus.clean(problem)
    plant(corpus)
    standings = {each.split: each.standing for each in _found(corpus, folder, check)}
    assert standings.pop(split) == severity
    assert set(standings.values()) <= {"passed"}


def test_every_check_has_a_planted_defect(tmp_path: Path) -> None:
    for problem, planted in (("classification", REVIEWS), ("translation", PAIRS)):
        found = _found(Corpus.clean(problem), tmp_path / problem)
        assert {each.check for each in found} == {check for check, *_ in planted}


@pytest.mark.parametrize(("same", "outcome"), [(13, "passed"), (14, "failed")])
def test_a_share_at_its_limit_passes(same: int, outcome: str, tmp_path: Path) -> None:
    corpus = Corpus.clean("classification")
    put("train", "text", "the same again", rows=same)(corpus)  # 12 of 60 repeating are 20 %
    found = {each.split: each for each in _found(corpus, tmp_path, "duplicates")}
    assert found["train"].outcome == outcome


def test_a_source_with_two_translations_is_no_duplicate(tmp_path: Path) -> None:
    corpus = Corpus.clean("translation")
    put("train", "source", "the same sentence", rows=60)(corpus)
    assert {each.outcome for each in _found(corpus, tmp_path, "duplicates")} == {"passed"}


def test_unknown_words_are_a_share_of_the_words_that_were_kept(tmp_path: Path) -> None:
    corpus = Corpus.clean("classification")
    corpus.counts["test"] = corpus.counts["test"].assign(tokens=500, unknown=20)
    (finding, *_) = [
        e for e in _found(corpus, tmp_path, "unknown_text_words") if e.split == "test"
    ]
    assert finding.observed == pytest.approx(20 / 50)  # the tokenizer cut the texts at 50


def _found(corpus: Corpus, folder: Path, check: str | None = None) -> list[Finding]:
    """Findings of one check, or of all."""
    tables, tokens = corpus.write(folder)
    gate = Gate()
    found: list[Finding] = []
    for each in inspections_of(tables, tokens, corpus.config()):
        suite = [one for one in each.suite if check in (None, one.name)]
        if suite:
            found += gate.findings(each.name, each.frame, suite)
    return found
