"""Paired comparison: the right numbers for the right rows."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corpora.tables import PartWriter, rows_digest, table_schema
from storage.errors import InputError
from tests.training.paired_predictions import answered, pair, rows_of
from training.comparison import compare

ROWS = rows_of(400, np.random.default_rng(0))
RIGHT = np.arange(400) % 10 != 0  # 9 in 10


def test_scores_and_difference_are_those_of_the_rows_and_the_second_minus_the_first() -> None:
    better = RIGHT | (np.arange(400) % 20 == 0)  # half of the mistakes mended
    found = compare(answered(ROWS, RIGHT), answered(ROWS, better), problem="classification")
    decisive = found.decisive
    assert found.metric == "accuracy"
    assert (decisive.first.value, decisive.second.value) == pytest.approx((0.9, 0.95))
    assert decisive.difference.difference == pytest.approx(0.05)
    assert 0 < decisive.difference.low < 0.05 < decisive.difference.high
    assert (found.lost, found.gained) == (0, 20)
    assert found.lost_examples == ()
    assert {one.expected for one in found.gained_examples} == {"good", "bad"}
    for one in found.gained_examples:
        assert one.second == one.expected != one.first


def test_the_interval_is_the_paired_one_not_that_of_two_samples() -> None:
    better = RIGHT | (np.arange(400) % 20 == 0)
    found = compare(answered(ROWS, RIGHT), answered(ROWS, better), problem="classification")
    paired = np.sqrt(0.05 * 0.95 / 400)  # only the 20 differing rows vary
    width = found.decisive.difference.high - found.decisive.difference.low
    assert width == pytest.approx(2 * 1.96 * paired, rel=0.15)


def test_order_and_further_columns_of_a_table_do_not_matter() -> None:
    two = pair(300, gain=0.02, differing=0.1, seed=1)
    mixed = two.first.sample(frac=1, random_state=0).assign(flag="")
    one = compare(two.first, two.second, problem="classification").as_json()
    assert compare(mixed, two.second, problem="classification").as_json() == one


def test_a_slice_that_got_worse_is_told_by_quarter_and_by_class() -> None:
    long = ROWS["tokens"].to_numpy() > np.quantile(ROWS["tokens"], 0.75)
    found = compare(
        answered(ROWS, RIGHT), answered(ROWS, RIGHT & ~long), problem="classification"
    )
    p_values = {name: one.p_worse for name, one in found.slices.items()}
    assert p_values.keys() == {
        *("slice/shortest", "slice/short", "slice/long", "slice/longest"),
        *("class/bad", "class/good"),
    }
    assert p_values["slice/longest"] < 0.001
    assert p_values["slice/short"] == 1
    assert found.slices["slice/longest"].second == 0
    assert sum(found.slices[f"class/{name}"].rows for name in ("bad", "good")) == 400


def test_models_that_answered_other_rows_are_not_compared() -> None:
    one, other = answered(ROWS, RIGHT), answered(ROWS, RIGHT)
    with pytest.raises(InputError, match="400 and 399, with 399 groups in common"):
        compare(one, other.iloc[1:], problem="classification")
    with pytest.raises(InputError, match="different test rows"):
        compare(
            one,
            other.assign(label=other["label"].iloc[::-1].to_numpy()),
            problem="classification",
        )
    with pytest.raises(InputError, match="no answers to translation"):
        compare(one, other, problem="translation")


def test_translations_are_compared_once_a_source_against_all_targets() -> None:
    sources = [f"le chien voit un chat {place} ." for place in range(40)]
    rows = pd.DataFrame(
        {
            "id": np.arange(80),
            "group": np.repeat([f"{place:016x}" for place in range(40)], 2),
            "source": np.repeat(sources, 2),
            "target": [
                f"{who} sees a cat {n} ." for n in range(40) for who in ("the dog", "a dog")
            ],
            "tokens": 7,
        }
    )
    right = rows["target"].where(rows["id"] % 2 == 0).ffill()
    wrong = right.where(np.arange(80) // 2 % 2 == 0, "no idea at all")
    found = compare(
        rows.assign(predicted=wrong), rows.assign(predicted=right), problem="translation"
    )
    assert (found.metric, found.rows, found.gained, found.lost) == ("bleu", 40, 20, 0)
    assert found.metrics["bleu"].second.value == pytest.approx(100)
    assert found.decisive.p_above(0) < 0.001
    assert found.gained_examples[0].first == "no idea at all"
    assert set(found.slices) == {"slice/shortest"}


def test_all_but_the_draws_can_be_written() -> None:
    two = pair(300, gain=0.02, differing=0.1, seed=1)
    content = compare(two.first, two.second, problem="classification").as_json()
    read = json.loads(json.dumps(content, allow_nan=False))
    assert read["metrics"]["accuracy"].keys() == {"first", "second", "difference"}


def test_the_digest_of_the_test_rows_is_the_one_in_the_manifest_of_the_tables(
    tmp_path: Path,
) -> None:
    import pyarrow as pa

    schema = table_schema("classification")
    digested = [name for name in schema.names if name != "id"]
    writer = PartWriter(tmp_path, schema, digested=digested)
    writer.add(pa.Table.from_pandas(ROWS, preserve_index=False))
    writer.close()
    assert rows_digest(answered(ROWS, RIGHT), "classification") == writer.digest
