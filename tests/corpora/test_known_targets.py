"""Targets of a split that training has too."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.data import DataConfig
from corpora.known_targets import known_targets
from corpora.preprocess import build_tables
from corpora.tables import write_parts
from storage.errors import InputError


def written(folder: Path, targets: dict[str, list[str]], *, rows_per_part: int = 2) -> Path:
    for split, texts in targets.items():
        frame = pd.DataFrame({"source": "x", "target": pd.array(texts, dtype="str")})
        write_parts(folder / split, [frame], rows_per_part=rows_per_part)
    return folder


def test_a_target_is_known_in_any_spelling_and_whatever_its_source(tmp_path: Path) -> None:
    train = ["Merci !", "Ça va ?", "Va", "Halte"]
    test = ["Merci.", "ça  va", "Va-t'en !", "halte", "Merci bien"]
    tables = written(tmp_path, {"train": train, "validation": ["Merci bien"], "test": test})
    assert known_targets(tables).tolist() == [True, True, False, True, False]
    assert known_targets(tables, split="validation").tolist() == [False]


@given(
    train=st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9),
    test=st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9),
    rows=st.integers(1, 4),
)
def test_the_answer_does_not_depend_on_the_parts(
    tmp_path_factory: pytest.TempPathFactory, train: list[str], test: list[str], rows: int
) -> None:
    tables = written(
        tmp_path_factory.mktemp("tables"), {"train": train, "test": test}, rows_per_part=rows
    )
    assert known_targets(tables).tolist() == [target in train for target in test]


def test_a_split_without_a_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no table"):
        known_targets(written(tmp_path, {"train": ["a"]}))


def test_a_share_of_real_test_targets_is_known(tmp_path: Path, real_data: Path) -> None:
    """Split by source, 7.5 % of the test rows have a target that training has."""
    data = DataConfig(dataset="tatoeba-fra", problem="translation")
    build_tables(real_data / "tatoeba-fra", tmp_path, data)
    assert known_targets(tmp_path).mean() == pytest.approx(0.0751, abs=0.0005)
