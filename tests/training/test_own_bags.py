"""Baselines that read the bags of the network itself."""

from pathlib import Path

import numpy as np
import pandas as pd

from configs.data import DataConfig
from configs.text import TextConfig
from corpora.tables import write_parts
from training.baselines import classification_baselines
from training.encoding import encode
from training.own_bags import own_bags

ROWS = pd.DataFrame(
    {
        "id": range(6),
        "text": ["the cat cat", "a dog", "cat and dog dog", "the dog", "cat", "the"],
        "label": ["cat", "dog", "dog", "dog", "cat", "dog"],
    }
)
TERMS = TextConfig(tokenizer="terms", stop_words="english")


def tokens_in(folder: Path) -> Path:
    for split in ("train", "validation", "test"):
        write_parts(folder / "tables" / split, [ROWS])
    data = DataConfig(dataset="x", problem="classification")
    encode(folder / "tables", folder / "tokens", data=data, text=TERMS)
    return folder / "tokens"


def test_bags_count_known_words_row_by_row(tmp_path: Path) -> None:
    bags = own_bags(tokens_in(tmp_path))
    assert bags.train.toarray().tolist() == [[2, 0], [0, 1], [1, 2], [0, 1], [1, 0], [0, 0]]
    assert (bags.test.toarray() == bags.train.toarray()).all()
    assert bags.train.indices.dtype == bags.train.indptr.dtype == np.int32


def test_baselines_read_them_in_place_of_the_texts(tmp_path: Path) -> None:
    bags = own_bags(tokens_in(tmp_path))
    nothing = ROWS.assign(text="")
    found = {
        each.name: each
        for each in classification_baselines(nothing, nothing, nothing["text"], own=bags)
    }
    assert found["naive_bayes"].answers.tolist()[:5] == ["cat", "dog", "dog", "dog", "cat"]
    assert "the network's words" in found["logistic_regression"].settings
