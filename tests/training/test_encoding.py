"""Split tables become token ids: vocabulary from training alone, parts as if they were one."""

import subprocess
import sys
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from configs.data import DataConfig
from configs.text import TextConfig
from corpora.tables import write_parts
from models.text.vocabulary import BOS_ID, UNKNOWN_ID, Vocabulary
from storage.errors import InputError
from storage.files import folder_digests, read_json
from training import encoding
from training.encoding import encode
from training.encoding_labels import UNSEEN_LABEL

REVIEWS = DataConfig(dataset="reviews", problem="classification")
PAIRS = DataConfig(dataset="pairs", problem="translation")
TEXTS = {
    "train": ["good film", "Bad film!", "good good", "bad plot, bad film"],
    "validation": ["good music", ""],
    "test": ["bad film"],
}
LABELS = {"train": ["pos", "neg", "pos", "neg"], "validation": ["pos", "odd"], "test": ["neg"]}


def write_reviews(tables: Path, *, rows_per_part: int = 100) -> Path:
    for split, texts in TEXTS.items():
        frame = pd.DataFrame(
            {
                "id": np.arange(len(texts), dtype=np.int64) + 7,
                "group": "g",
                "text": texts,
                "label": LABELS[split],
            }
        )
        write_parts(tables / split, [frame], rows_per_part=rows_per_part)
    return tables


def write_pairs(tables: Path) -> Path:
    for split in TEXTS:
        frame = pd.DataFrame(
            {
                "id": np.arange(2, dtype=np.int64),
                "group": "g",
                "source": ["I am cold.", "Go!"],
                "target": ["J'ai froid.", "Va !"],
            }
        )
        write_parts(tables / split, [frame])
    return tables


def words_of(tokens: Path, split: str) -> list[list[str]]:
    """Words behind the ids of each row."""
    vocabulary = Vocabulary.load(tokens / "vocabulary.txt").words
    ids, offsets = (np.load(tokens / split / f"{name}.npy") for name in ("ids", "offsets"))
    return [
        [vocabulary[number] for number in ids[start:end]]
        for start, end in zip(offsets[:-1], offsets[1:], strict=True)
    ]


def test_ids_stand_for_the_words_of_each_row(tmp_path: Path):
    encode(
        write_reviews(tmp_path / "tables"), tmp_path / "tokens", data=REVIEWS, text=TextConfig()
    )
    assert words_of(tmp_path / "tokens", "train") == [
        ["good", "film"],
        ["bad", "film", "!"],
        ["good", "good"],
        ["bad", "plot", ",", "bad", "film"],
    ]
    assert np.load(tmp_path / "tokens/train/rows.npy").tolist() == [7, 8, 9, 10]


def test_words_and_labels_of_other_splits_stay_unknown(tmp_path: Path):
    tokens = tmp_path / "tokens"
    encode(write_reviews(tmp_path / "tables"), tokens, data=REVIEWS, text=TextConfig())
    assert words_of(tokens, "validation") == [["good", "<unk>"], []]
    assert read_json(tokens / "labels.json") == ["neg", "pos"]
    assert np.load(tokens / "train/labels.npy").tolist() == [1, 0, 1, 0]
    assert np.load(tokens / "validation/labels.npy").tolist() == [1, UNSEEN_LABEL]


def test_parts_make_no_difference(tmp_path: Path):
    digests = []
    for rows_per_part in (1, 3, 100):
        tables = write_reviews(
            tmp_path / f"tables-{rows_per_part}", rows_per_part=rows_per_part
        )
        tokens = tmp_path / f"tokens-{rows_per_part}"
        facts = encode(tables, tokens, data=REVIEWS, text=TextConfig())
        arrays = {
            name: it for name, it in folder_digests(tokens).items() if "counts" not in name
        }
        counts = pd.read_parquet(tokens / "train/counts.parquet").to_dict("list")
        digests.append((arrays, counts, facts))
    assert digests[0] == digests[1] == digests[2]


def test_words_that_are_not_kept_between_the_passes_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tables = write_reviews(tmp_path / "tables", rows_per_part=2)
    encode(tables, tmp_path / "kept", data=REVIEWS, text=TextConfig())
    monkeypatch.setattr(encoding, "KEPT_BYTES", 16)  # the first part's four words fit
    encode(tables, tmp_path / "cut-twice", data=REVIEWS, text=TextConfig())
    assert folder_digests(tmp_path / "kept") == folder_digests(tmp_path / "cut-twice")


def test_counts_say_what_became_of_each_row(tmp_path: Path):
    tokens = tmp_path / "tokens"
    text = TextConfig(max_tokens=3, min_frequency=2)
    encode(write_reviews(tmp_path / "tables"), tokens, data=REVIEWS, text=text)
    counts = pd.read_parquet(tokens / "train/counts.parquet")
    assert counts.to_dict("list") == {
        "id": [7, 8, 9, 10],
        "tokens": [2, 3, 2, 5],
        "unknown": [0, 1, 0, 2],  # "!" once; of "bad plot ,": "plot" and ","
        "truncated": [False, False, False, True],
    }


def test_facts_sum_up_vocabulary_tokens_and_losses(tmp_path: Path):
    text = TextConfig(max_tokens=3)
    tables = write_reviews(tmp_path / "tables")
    facts = encode(tables, tmp_path / "tokens", data=REVIEWS, text=text)
    assert facts == {
        "vocabulary": 4 + 6,
        "tokens": {"train": 10, "validation": 2, "test": 2},
        "unknown_share": {"train": 0.0, "validation": 1 / 2, "test": 0.0},
        "truncated_share": {"train": 0.25, "validation": 0.0, "test": 0.0},
    }


def test_settings_are_kept_for_prediction(tmp_path: Path):
    text = TextConfig(max_tokens=3, lowercase=False)
    tables = write_reviews(tmp_path / "tables")
    encode(tables, tmp_path / "tokens", data=REVIEWS, text=text)
    content = (tmp_path / "tokens/tokenizer.json").read_text()
    assert TextConfig.model_validate_json(content) == text


def test_both_sides_of_pairs_are_encoded_and_the_target_joins_to_text_again(tmp_path: Path):
    tokens = tmp_path / "tokens"
    facts = encode(write_pairs(tmp_path / "tables"), tokens, data=PAIRS, text=TextConfig())
    vocabulary = Vocabulary.load(tokens / "target_vocabulary.txt")
    ids = np.load(tokens / "train/target_ids.npy")
    offsets = np.load(tokens / "train/target_offsets.npy")
    assert vocabulary.texts(ids, offsets) == ["j'ai froid.", "va !"]
    assert not np.isin(ids, [BOS_ID, UNKNOWN_ID]).any()
    sizes = facts["vocabulary"]
    assert isinstance(sizes, dict)
    assert sizes["target"] == len(vocabulary)
    columns = pd.read_parquet(tokens / "train/counts.parquet").columns
    assert {"id", "source_tokens", "target_unknown", "target_truncated"} <= set(columns)


def test_training_split_without_words_is_refused_with_the_setting(tmp_path: Path):
    tables = write_reviews(tmp_path / "tables")
    with pytest.raises(InputError, match="no text word that occurs at least 9 times"):
        encode(tables, tmp_path / "tokens", data=REVIEWS, text=TextConfig(min_frequency=9))


def read_side(tokens: Path, split: str, side: str) -> tuple[list[str], NDArray[np.int32]]:
    """The texts behind a side's ids, and the ids."""
    ids, offsets = (
        np.load(tokens / split / f"{side}_{name}.npy") for name in ("ids", "offsets")
    )
    return Vocabulary.load(tokens / f"{side}_vocabulary.txt").texts(ids, offsets), ids


@pytest.mark.parametrize("joint", [True, False])
def test_pieces_know_every_word_and_give_both_sides_back(tmp_path: Path, joint: bool):
    tables, tokens = write_pairs(tmp_path / "tables"), tmp_path / "tokens"
    unseen = pd.DataFrame(
        {
            "id": [0],
            "group": "g",
            "source": ["<s> 👍🏽 Ω"],
            "target": ["\u00abÇa\u00a0va\u00bb"],
        }
    )
    write_parts(tables / "test", [unseen])
    text = TextConfig(
        tokenizer="bpe", joint_vocabulary=joint, lowercase=False, max_vocabulary=256
    )
    facts = encode(tables, tokens, data=PAIRS, text=text)
    assert read_side(tokens, "train", "source")[0] == ["I am cold.", "Go!"]
    assert read_side(tokens, "train", "target")[0] == ["J'ai froid.", "Va !"]
    source, source_ids = read_side(tokens, "test", "source")
    target, target_ids = read_side(tokens, "test", "target")
    assert (source, target) == (["<s> 👍🏽 Ω"], ["«Ça va»"])
    counts = pd.read_parquet(tokens / "test/counts.parquet")
    assert counts["source_tokens"].tolist() == [len(source_ids)]
    assert counts["target_tokens"].tolist() == [len(target_ids)]
    assert not counts[["source_unknown", "target_unknown", "source_truncated"]].any(axis=None)
    assert set(cast(dict[str, float], facts["unknown_share"]).values()) == {0.0}


def test_a_joint_vocabulary_is_learnt_from_both_sides_and_is_the_same(tmp_path: Path):
    tables = write_pairs(tmp_path / "tables")
    words = {}
    for joint in (True, False):
        text = TextConfig(tokenizer="bpe", joint_vocabulary=joint, lowercase=False)
        encode(tables, tmp_path / f"{joint}", data=PAIRS, text=text)
        words[joint] = [
            Vocabulary.load(tmp_path / f"{joint}/{side}_vocabulary.txt")
            for side in ("source", "target")
        ]
    assert words[True][0] == words[True][1]
    assert {"Ġcold", "Ġfroid"} <= set(words[True][0].words)
    assert "Ġfroid" not in words[False][0].words


@pytest.mark.parametrize("kept", [16, 2**20])
def test_pieces_do_not_depend_on_parts_nor_on_what_is_kept_between_the_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
):
    monkeypatch.setattr(encoding, "KEPT_BYTES", kept)
    text, digests = TextConfig(tokenizer="bpe", min_frequency=2), []
    for rows_per_part in (1, 100):
        tables = write_reviews(
            tmp_path / f"tables-{rows_per_part}", rows_per_part=rows_per_part
        )
        tokens = tmp_path / f"tokens-{rows_per_part}"
        encode(tables, tokens, data=REVIEWS, text=text)
        digests.append({n: d for n, d in folder_digests(tokens).items() if "counts" not in n})
    assert digests[0] == digests[1]


def test_texts_that_normalising_empties_have_no_ids_and_are_counted_so(tmp_path: Path):
    tables, tokens = tmp_path / "tables", tmp_path / "tokens"
    for split in TEXTS:
        rows = {"id": [0, 1], "group": "g", "text": ["Été ", "ΩΨ"], "label": "x"}
        write_parts(tables / split, [pd.DataFrame(rows)])
    encode(tables, tokens, data=REVIEWS, text=TextConfig(normalise="ascii"))
    assert words_of(tokens, "test") == [["ete"], []]
    assert pd.read_parquet(tokens / "test/counts.parquet")["tokens"].tolist() == [1, 0]


def test_training_split_with_nothing_to_merge_is_refused_with_the_settings(tmp_path: Path):
    tables = write_reviews(tmp_path / "tables")
    text = TextConfig(tokenizer="bpe", min_frequency=99)
    with pytest.raises(InputError, match=r"text words stand together at least 99 times"):
        encode(tables, tmp_path / "tokens", data=REVIEWS, text=text)


def test_encoding_never_imports_torch():
    code = "import sys, training.encoding; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
