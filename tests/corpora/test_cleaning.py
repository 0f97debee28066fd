"""Cleaning a chunk: what goes, what stays, and the count of each rule."""

import pyarrow as pa
import pytest

from configs.data import CleaningConfig
from corpora.cleaning import Cleaned, clean


def reviews(*rows: tuple[str | None, str | None], **rules: object) -> Cleaned:
    texts, labels = zip(*rows, strict=True)
    columns = {
        "text": pa.array(texts, pa.large_string()),
        "label": pa.array(labels, pa.large_string()),
    }
    return clean(columns, CleaningConfig.model_validate(rules), problem="classification")


def pairs(*rows: tuple[str, str], **rules: object) -> Cleaned:
    sources, targets = zip(*rows, strict=True)
    columns = {
        "source": pa.array(sources, pa.large_string()),
        "target": pa.array(targets, pa.large_string()),
    }
    return clean(columns, CleaningConfig.model_validate(rules), problem="translation")


def test_words_of_tagged_sentences_stay_as_they_are() -> None:
    columns = {
        "tokens": pa.array(["&amp; \u200b cafe\u0301"], pa.large_string()),
        "tags": pa.array(["SYM X NOUN"], pa.large_string()),
    }
    cleaned = clean(columns, CleaningConfig(), problem="tagging")
    assert cleaned.columns["tokens"].to_pylist() == ["&amp; \u200b café"]


def test_rows_blank_after_mending_are_dropped_and_counted() -> None:
    cleaned = reviews(("good", "1"), (" \u200b ", "1"), ("bad", "\u00a0"), (None, "0"))
    assert cleaned.columns["text"].to_pylist() == ["good"]
    assert cleaned.dropped == {"blank": 3, "too_short": 0, "too_long": 0}
    assert cleaned.stays.tolist() == [True, False, False, False]


def test_labels_are_mended_like_texts() -> None:
    cleaned = reviews(("a", "cafe\u0301 "), ("b", "café"))
    assert cleaned.columns["label"].to_pylist() == ["café", "café"]


def test_each_change_counts_the_rows_it_touched() -> None:
    cleaned = pairs(("a  b &amp; c", "é\u202f!"), ("x\u00a0y", "z\u00a0!"), ("plain", "simple"))
    touched = {rule: count for rule, count in cleaned.changed.items() if count}
    assert touched == {"entities": 1, "odd_spaces": 2, "surplus_spaces": 1}


def test_lengths_count_characters_after_mending() -> None:
    cleaned = reviews(
        ("été", "1"), ("ok   ", "1"), ("😀😀😀😀", "0"), min_characters=3, max_characters=3
    )
    assert cleaned.columns["text"].to_pylist() == ["été"]
    assert cleaned.dropped == {"blank": 0, "too_short": 1, "too_long": 1}


def test_texts_of_few_words_go_under_their_own_rule() -> None:
    cleaned = reviews(("me  too", "1"), ("so\ndo I", "1"), ("yes", "0"), ("", "0"), min_words=3)
    assert cleaned.columns["text"].to_pylist() == ["so do I"]
    assert cleaned.dropped == {"blank": 1, "too_short": 0, "too_long": 0, "too_few_words": 2}


def test_parts_of_posts_go_before_lengths_are_measured() -> None:
    posts = {
        "text": pa.array(
            ["From: a\r\n\r\nwell\r\n> said", "no header", None], pa.large_string()
        )
    }
    cleaned = clean(
        posts, CleaningConfig(), problem="classification", removed=["headers", "quotes"]
    )
    assert cleaned.columns["text"].to_pylist() == ["well"]
    assert cleaned.dropped["blank"] == 2


def test_a_row_counts_for_the_first_rule_that_drops_it() -> None:
    cleaned = pairs(("a", "a"), min_characters=2)
    assert sum(cleaned.dropped.values()) == 1
    assert cleaned.dropped["too_short"] == 1


@pytest.mark.parametrize("sides", [("x", "y" * 4), ("x" * 4, "y")])
def test_pairs_of_very_different_lengths_go(sides: tuple[str, str]) -> None:
    assert pairs(sides, max_length_ratio=3.5).dropped["uneven"] == 1
    assert pairs(sides, max_length_ratio=4.0).dropped["uneven"] == 0


def test_pairs_with_equal_sides_go() -> None:
    cleaned = pairs(("OK ", "OK"), ("Tom", "tom"))
    assert cleaned.dropped["untranslated"] == 1
    assert cleaned.columns["source"].to_pylist() == ["Tom"]


def test_of_sequences_the_events_alone_have_a_length() -> None:
    rows = {"case": ["1", "2"], "events": ["a b c", "a"], "gaps": ["0 1 2", "0"]}
    columns = {n: pa.array(v, pa.large_string()) for n, v in rows.items()}
    rules = CleaningConfig(min_words=2, max_characters=5)
    found = clean(columns, rules, problem="events")
    assert found.columns["case"].to_pylist() == ["1"]
    assert (found.dropped["too_few_words"], found.dropped["too_long"]) == (1, 0)
