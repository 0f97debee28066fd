"""The profile of a champion's data: which rows it is of, and that parts make no difference."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from configs.data import DataConfig
from configs.monitoring import MonitoringConfig
from configs.text import TextConfig
from corpora.tables import write_parts
from data_checks.distributions import CategoryCounts, NumberCounts
from data_checks.profile import Profile
from data_checks.profile_comparison import compare
from data_checks.profiling import profile_training
from data_checks.texts import count_texts
from storage.errors import InputError
from tests.data_checks.corpus import Corpus
from tests.data_checks.drifting import Reference, drawn, reference
from training.encoding import encode


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return reference(tmp_path_factory.mktemp("champion"), drawn(1_500, seed=1))


def test_a_profile_comes_back_from_its_file(champion: Reference, tmp_path: Path) -> None:
    champion.profile.write(tmp_path)
    again = Profile.read(tmp_path / "profile.json")
    again.write(tmp_path / "again")
    assert (tmp_path / "again/profile.json").read_text() == (
        tmp_path / "profile.json"
    ).read_text()
    assert again.problem == champion.profile.problem


def test_a_profile_of_another_format_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text('{"format": 99}')
    with pytest.raises(InputError, match="format 99.*train the model again"):
        Profile.read(tmp_path / "profile.json")


def test_unknown_words_are_of_rows_that_the_vocabulary_did_not_come_from(
    champion: Reference,
) -> None:
    column = champion.profile.column("text unknown words")
    assert column is not None
    assert column.counted_on == "validation and test"
    assert isinstance(column.counts, CategoryCounts)
    counts = [pd.read_parquet(champion.tokens / s / "counts.parquet") for s in SPLITS]
    assert column.counts.sums[1] == pytest.approx(
        sum(c["unknown"].sum() for c in counts), abs=9
    )
    assert column.counts.shares["unknown"] > 0


SPLITS = ("validation", "test")


def test_rows_of_one_group_count_once(tmp_path: Path) -> None:
    corpus = Corpus.clean("translation")
    train = corpus.tables["train"]
    train.loc[1:30, ["group", "source"]] = train.loc[0, ["group", "source"]].tolist()
    profile = profiled(corpus, tmp_path)
    assert (profile.rows, profile.distinct) == (60, 30)
    length = profile.column("source length in words")
    assert length is not None
    assert length.counts.rows == 30


def test_parts_make_no_difference(tmp_path: Path) -> None:
    one = profiled(Corpus.clean("translation"), tmp_path / "two parts")
    path = tmp_path / "two parts/tables/train"
    whole = pd.concat([pd.read_parquet(part) for part in sorted(path.iterdir())])
    whole.to_parquet(path / "part-00000.parquet", index=False)
    (path / "part-00001.parquet").unlink()
    other = profile_training(
        path.parent,
        path.parents[1] / "tokens",
        path.parents[1] / "predictions.parquet",
        problem="translation",
    )
    assert [c.to_json() for c in one.columns] == [c.to_json() for c in other.columns]


def test_texts_are_counted_by_script_class_and_word() -> None:
    texts = pa.array(["Привет, мир!", "два two три", "漢字かなかな", "12 + ½", "École"])
    found = count_texts(texts.cast(pa.large_string()), top_words=["мир"], lowercase=True)
    script, characters = found["script"], found["characters"]
    assert isinstance(script, CategoryCounts)
    assert isinstance(characters, CategoryCounts)
    assert {name: rows for name, rows in script.shares.items() if rows} == {
        "Latin": 0.2,
        "Cyrillic": 0.4,
        "Kana": 0.2,
        "no letters": 0.2,
    }
    assert dict(zip(characters.names, characters.sums.tolist(), strict=True)) == {
        "lower case": 21,
        "upper case": 2,
        "other letters and marks": 6,
        "digits": 3,
        "punctuation": 2,
        "symbols": 1,
    }
    words, lengths = found["words"], found["length in words"]
    assert isinstance(words, CategoryCounts)
    assert isinstance(lengths, NumberCounts)
    assert words.sums.tolist() == [1, 11]
    assert lengths.rows == 5


def profiled(corpus: Corpus, root: Path) -> Profile:
    root.mkdir(exist_ok=True)
    tables, tokens = corpus.write(root)
    for name in ("vocabulary.txt", "source_vocabulary.txt", "target_vocabulary.txt"):
        (tokens / name).write_text("<pad>\n<unk>\n<s>\n</s>\nsentence\nhere\n")
    answered = corpus.tables["test"].assign(predicted="phrase là", score=-2.0, probability=0.5)
    answered.to_parquet(root / "predictions.parquet", index=False)
    predictions = root / "predictions.parquet"
    return profile_training(tables, tokens, predictions, problem=corpus.problem)


@pytest.mark.parametrize(
    "text",
    [TextConfig(tokenizer="bpe"), TextConfig(normalise="ascii")],
    ids=["pieces", "folded words"],
)
def test_words_are_counted_whatever_the_model_reads(
    champion: Reference, tmp_path: Path, text: TextConfig
) -> None:
    other = reference(tmp_path / "other", drawn(1_500, seed=1), text=text)
    assert other.profile.top_words["text"][:40] == champion.profile.top_words["text"][:40]
    drift = compare(
        other.profile, other.counted(drawn(400, seed=2), tmp_path / "new"), MonitoringConfig()
    )
    assert drift.drifted == ()


def test_top_words_of_the_written_side_carry_no_marks(tmp_path: Path) -> None:
    tables, tokens = tmp_path / "tables", tmp_path / "tokens"
    pairs = pd.DataFrame(
        {"id": [0, 1], "group": ["g", "h"], "source": "Go on.", "target": "Vas-y. ."}
    )
    for split in ("train", "validation", "test"):
        write_parts(tables / split, [pairs])
    encode(
        tables,
        tokens,
        data=DataConfig(dataset="pairs", problem="translation"),
        text=TextConfig(),
    )
    predictions = tmp_path / "predictions.parquet"
    pairs.assign(predicted="Va", score=-1.0).to_parquet(predictions, index=False)
    profile = profile_training(tables, tokens, predictions, problem="translation")
    assert set(profile.top_words["target"]) == {"vas", "-", "y", "."}
    words = profile.column("target words")
    assert words is not None
    assert isinstance(words.counts, CategoryCounts)
    assert words.counts.shares["."] == pytest.approx(2 / 5)


def test_of_a_case_one_beginning_counts_and_its_gaps(tmp_path: Path) -> None:
    corpus = Corpus.clean("events")
    train = corpus.tables["train"]
    same = train.loc[0, ["group", "case"]].tolist()
    train.loc[0:29, ["group", "case"]] = same
    profile = profiled(corpus, tmp_path)
    assert (profile.rows, profile.distinct) == (60, 31)
    gap, events = profile.column("mean gap"), profile.column("events")
    assert gap is not None
    assert events is not None
    assert (gap.check, gap.counts.rows) == ("gaps", 31)
    assert isinstance(gap.counts, NumberCounts)
    # rows 30 to 59 have gaps 0, row, 2.5 and 0.001
    assert gap.counts.quantile(0.5) == pytest.approx((44 + 2.501) / 4, rel=0.05)


def test_measures_count_by_two_digits() -> None:
    counts = NumberCounts.of_measures([0.0, 1e-9, 0.01234, 0.01239, 5.0, 98_765.0])
    assert counts.values.tolist() == pytest.approx([0.0, 0.012, 5.0, 99_000.0])
    assert counts.counts.tolist() == [2, 2, 1, 1]
