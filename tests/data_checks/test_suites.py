"""Every check finds the defect planted for it."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from configs.data import Problem
from data_checks.findings import Finding
from data_checks.gate import Gate
from data_checks.inspections import inspections_of
from tests.data_checks.corpus import Corpus

SIDES = ("source", "target")
Defect = Callable[[Corpus], None]


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


def copy_loudly(corpus: Corpus) -> None:
    """Four targets of train that shout their source."""
    table = corpus.tables["train"]
    table.loc[:3, "target"] = table["source"][:4].str.upper() + " !"


REVIEWS = [
    ("columns", "test", "critical", drop("test", "label")),
    ("columns", "train", "critical", put("train", "label", 1, rows=60)),
    ("row_count", "validation", "critical", keep("validation", 9)),
    ("row_count", "test", "critical", keep("test", 0)),
    ("missing_text", "train", "critical", put("train", "text", None)),
    ("missing_label", "test", "critical", put("test", "label", None)),
    ("blank_text", "validation", "critical", put("validation", "text", "\u00a0 \n")),
    ("empty_text", "train", "critical", count("train", "tokens", 0, rows=4)),
    ("longest_text", "test", "critical", count("test", "tokens", 100_001, rows=1)),
    ("classes", "train", "critical", put("train", "label", "good", rows=60)),
    ("class_size", "train", "critical", put("train", "label", "rare")),
    ("missing_group", "test", "critical", put("test", "group", None)),
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
    ("empty_source", "test", "critical", count("test", "source_tokens", 0, rows=2)),
    ("empty_target", "train", "critical", count("train", "target_tokens", 0, rows=4)),
    ("longest_source", "train", "critical", count("train", "source_tokens", 100_001, rows=1)),
    ("longest_target", "train", "critical", count("train", "target_tokens", 100_001, rows=1)),
    ("missing_group", "train", "critical", put("train", "group", None)),
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
    ("copies", "train", "warning", copy_loudly),
    ("duplicates", "test", "warning", repeat_pair),
    ("length_ratio", "train", "warning", count("train", "target_tokens", 60, rows=20)),
    ("uneven_pairs", "train", "warning", count("train", "target_tokens", 16, rows=4)),
    (
        "other_script_source_letters",
        "test",
        "warning",
        put("test", "source", "ещё раз", rows=4),
    ),
    (
        "other_script_target_letters",
        "train",
        "warning",
        put("train", "target", "猫 a", rows=60),
    ),
    ("other_script_sources", "test", "warning", put("test", "source", "ещё раз a")),
    ("other_script_targets", "validation", "warning", put("validation", "target", "猫がいる")),
]


TAGGED = [
    ("columns", "test", "critical", drop("test", "tags")),
    ("row_count", "train", "critical", keep("train", 9)),
    ("missing_sentence", "train", "critical", put("train", "tokens", None)),
    ("blank_sentence", "test", "critical", put("test", "tokens", " ")),
    ("missing_tags", "validation", "critical", put("validation", "tags", None)),
    ("untagged_words", "train", "critical", put("train", "tags", "NOUN NUM VERB")),
    ("untagged_words", "test", "critical", put("test", "tokens", "one word more than tags .")),
    ("empty_sentence", "train", "critical", count("train", "tokens", 0, rows=4)),
    ("longest_sentence", "test", "critical", count("test", "tokens", 100_001, rows=1)),
    ("missing_group", "train", "critical", put("train", "group", None)),
    ("leakage", "test", "critical", repeat("group", "test", of=("train", "group"))),
    ("new_tags", "test", "critical", put("test", "tags", "NOUN NUM VERB SYM")),
    ("absent_tags", "validation", "warning", put("train", "tags", "NOUN NUM VERB SYM")),
    ("tag_drift", "test", "warning", put("test", "tags", "NUM NUM VERB PUNCT", rows=8)),
    ("duplicates", "train", "warning", put("train", "tokens", "the same again .", rows=14)),
    ("unknown_sentence_words", "test", "warning", count("test", "unknown", 2)),
    (
        "truncated_sentence",
        "validation",
        "warning",
        count("validation", "truncated", True, rows=2),
    ),
]


@pytest.mark.parametrize(("check", "split", "severity", "plant"), TAGGED)
def test_a_defect_planted_in_tagged_sentences_is_found(
    check: str, split: str, severity: str, plant: Defect, tmp_path: Path
) -> None:
    assert_found("tagging", check, split, severity, plant, tmp_path)


RUNNING = [
    ("columns", "test", "critical", drop("test", "text")),
    ("row_count", "validation", "critical", keep("validation", 9)),
    ("missing_text", "train", "critical", put("train", "text", None)),
    ("blank_text", "validation", "critical", put("validation", "text", "\n \n")),
    ("empty_text", "train", "critical", count("train", "tokens", 0, rows=4)),
    ("longest_text", "test", "critical", count("test", "tokens", 100_001, rows=1)),
    ("missing_group", "test", "critical", put("test", "group", None)),
    ("leakage", "test", "critical", repeat("group", "test", of=("train", "group"))),
    ("known_text", "test", "critical", repeat("text", "test", of=("train", "text"))),
    (
        "known_text",
        "test",
        "critical",
        put(
            "test",
            "text",
            "Of its own:\n\nReview 3 of a THING,\nlong enough to be a paragraph of “its own”!",
        ),
    ),
    ("duplicates", "train", "warning", put("train", "text", "the same again", rows=14)),
    ("unknown_text_words", "test", "warning", count("test", "unknown", 2)),
    ("truncated_text", "validation", "warning", count("validation", "truncated", True, rows=2)),
]


@pytest.mark.parametrize(("check", "split", "severity", "plant"), RUNNING)
def test_a_defect_planted_in_running_text_is_found(
    check: str, split: str, severity: str, plant: Defect, tmp_path: Path
) -> None:
    assert_found("language_modelling", check, split, severity, plant, tmp_path)


def test_text_without_empty_lines_is_known_by_its_lines(tmp_path: Path) -> None:
    corpus = Corpus.clean("language_modelling")
    lines = [f"line {number} of a text that has no empty line in it" for number in range(99)]
    corpus.tables["train"].loc[corpus.tables["train"].index[0], "text"] = "\n".join(lines)
    corpus.tables["test"].loc[corpus.tables["test"].index[0], "text"] = "\n".join(lines[50:])
    assert found(corpus, "known_text", "test", tmp_path).standing == "critical"


def test_headings_may_stand_in_both(tmp_path: Path) -> None:
    corpus = Corpus.clean("language_modelling")
    for split in ("train", "test"):
        corpus.tables[split]["text"] = "CHAPTER I\n\n" + corpus.tables[split]["text"]
    assert found(corpus, "known_text", "test", tmp_path).standing == "passed"


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
    corpus = Corpus.clean(problem)
    plant(corpus)
    assert found(corpus, check, split, folder).standing == severity


@pytest.mark.parametrize(
    ("problem", "planted"),
    [
        ("classification", REVIEWS),
        ("tagging", TAGGED),
        ("language_modelling", RUNNING),
        ("translation", PAIRS),
    ],
)
def test_every_check_has_a_planted_defect(
    problem: Problem, planted: list[tuple[str, str, str, Defect]], tmp_path: Path
) -> None:
    corpus = Corpus.clean(problem)
    inspections = inspections_of(*corpus.write(tmp_path), corpus.config())
    names = {check.name for inspection in inspections for check in inspection.suite}
    assert names == {check for check, *_ in planted}


@pytest.mark.parametrize(("same", "outcome"), [(13, "passed"), (14, "failed")])
def test_a_share_at_its_limit_passes(same: int, outcome: str, tmp_path: Path) -> None:
    corpus = Corpus.clean("classification")
    put("train", "text", "the same again", rows=same)(corpus)  # 12 of 60 repeating are 20 %
    assert found(corpus, "duplicates", "train", tmp_path).outcome == outcome


def test_a_source_with_two_translations_is_no_duplicate(tmp_path: Path) -> None:
    corpus = Corpus.clean("translation")
    put("train", "source", "the same sentence", rows=60)(corpus)
    assert found(corpus, "duplicates", "train", tmp_path).outcome == "passed"


@pytest.mark.parametrize(("empty", "outcome"), [(12, "passed"), (13, "failed")])
def test_a_handful_of_texts_without_a_token_passes(
    empty: int, outcome: str, tmp_path: Path
) -> None:
    corpus = Corpus.clean("translation")
    corpus.tables["train"] = pd.concat([corpus.tables["train"]] * 4, ignore_index=True)
    corpus.counts["train"] = pd.concat([corpus.counts["train"]] * 4, ignore_index=True)
    count("train", "source_tokens", 0, rows=empty)(corpus)  # of 240
    finding = found(corpus, "empty_source", "train", tmp_path)
    assert (finding.outcome, finding.rows) == (outcome, empty)


def test_sides_that_changed_places_are_in_another_script(tmp_path: Path) -> None:
    corpus = Corpus.clean("translation")
    for table in corpus.tables.values():
        table["target"] = "не " + table.index.astype(str) + " раз"
    test = corpus.tables["test"]
    test[["source", "target"]] = test[["target", "source"]]
    findings = [
        found(corpus, f"other_script_{side}s", "test", tmp_path / side) for side in SIDES
    ]
    assert [finding.observed for finding in findings] == [1.0, 1.0]
    assert findings[1].message == (
        "20 targets of test (100 %) are in another script; at most 1 % is expected "
        "(data.checks.max_other_script_share)"
    )


def test_the_scripts_of_japanese_are_one(tmp_path: Path) -> None:
    corpus = Corpus.clean("translation")
    for table in corpus.tables.values():
        table["target"] = [
            "東京都" if row % 2 else "ひらがなとカタカナ" for row in range(len(table))
        ]
    for check in ("other_script_targets", "other_script_target_letters"):
        assert found(corpus, check, "train", tmp_path / check).observed == 0.0


def test_a_target_of_validation_alone_is_not_known_to_the_network(tmp_path: Path) -> None:
    corpus = Corpus.clean("translation")
    repeat("target", "test", of=("validation", "target"), rows=20)(corpus)
    assert found(corpus, "target_leakage", "test", tmp_path).outcome == "passed"


def test_unknown_words_are_a_share_of_the_words_that_were_kept(tmp_path: Path) -> None:
    corpus = Corpus.clean("classification")
    corpus.counts["test"] = corpus.counts["test"].assign(tokens=500, unknown=20)
    finding = found(corpus, "unknown_text_words", "test", tmp_path)
    assert finding.observed == pytest.approx(20 / 50)  # the tokenizer cuts at 50


@pytest.mark.parametrize("missing", ["counts.parquet", "other rows"])
def test_without_the_counts_of_its_rows_a_length_is_unchecked_not_failed(
    missing: str, tmp_path: Path
) -> None:
    corpus = Corpus.clean("classification")
    if missing == "counts.parquet":
        del corpus.counts["test"]
    else:
        corpus.counts["test"]["id"] += 1
    finding = found(corpus, "longest_text", "test", tmp_path)
    assert finding.outcome == "unchecked"
    assert finding.message == (
        "longest text of test could not be checked: "
        'Error: The column "tokens" in BatchData does not exist.'
    )


def test_classes_cannot_be_checked_where_a_split_has_no_labels(tmp_path: Path) -> None:
    corpus = Corpus.clean("classification")
    drop("validation", "label")(corpus)
    assert found(corpus, "class_size", "train", tmp_path).standing == "unchecked"


def test_a_share_of_no_words_is_unchecked(tmp_path: Path) -> None:
    corpus = Corpus.clean("classification")
    count("test", "tokens", 0)(corpus)
    assert found(corpus, "unknown_text_words", "test", tmp_path).outcome == "unchecked"


def test_a_share_of_no_rows_is_unchecked(tmp_path: Path) -> None:
    corpus = Corpus.clean("classification")
    keep("test", 0)(corpus)
    finding = found(corpus, "duplicates", "test", tmp_path)
    assert finding.outcome == "unchecked"
    assert finding.message.endswith("could not be checked: there are no values to look at")


@pytest.mark.parametrize(
    ("plant", "check", "split", "message"),
    [
        (
            keep("validation", 9),
            "row_count",
            "validation",
            "validation has 9 rows; at least 10 are needed (data.checks.min_rows); "
            "data.validation_share decides how many it gets",
        ),
        (
            repeat("group", "test", of=("train", "group"), rows=3),
            "leakage",
            "test",
            "the group of 3 rows of test (15 %) stands in train or validation; "
            "at most 0 % is allowed (data.checks.max_leaked_share)",
        ),
        (
            put("train", "text", None),
            "missing_text",
            "train",
            "1 of 60 rows of train have no text; none is allowed",
        ),
        (
            put("train", "label", "good", rows=56),
            "imbalance",
            "train",
            "the largest class of train has 29 times the rows of the smallest; "
            "at most 20 times is expected (data.checks.max_imbalance)",
        ),
    ],
)
def test_a_finding_says_value_limit_and_setting(
    plant: Defect, check: str, split: str, message: str, tmp_path: Path
) -> None:
    corpus = Corpus.clean("classification")
    plant(corpus)
    assert found(corpus, check, split, tmp_path).message == message


def found(corpus: Corpus, check: str, split: str, folder: Path) -> Finding:
    """What one check finds on one split."""
    tables, tokens = corpus.write(folder)
    for each in inspections_of(tables, tokens, corpus.config()):
        for one in each.suite:
            if (one.name, one.split) == (check, split):
                (finding,) = Gate().findings(each.name, each.frame, [one])
                return finding
    raise LookupError(f"no suite has {check} for {split}")
