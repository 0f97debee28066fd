"""Length percentiles, against counts small enough to check by hand."""

from pathlib import Path

from data_checks.lengths import lengths
from tests.data_checks.corpus import Corpus


def test_a_percentile_is_the_shortest_limit_that_spares_that_share_of_all_splits(
    tmp_path: Path,
) -> None:
    corpus = Corpus.clean("classification")
    corpus.counts["test"].loc[0, "tokens"] = 300
    _, tokens = corpus.write(tmp_path)
    (side,) = lengths(tokens, limit=256)
    assert side.percentiles == {75: 5, 80: 5, 90: 5, 95: 5, 99: 5, 100: 300}
    assert side.cut_share == 1 / 100


def test_pairs_have_lengths_on_both_sides(tmp_path: Path) -> None:
    _, tokens = Corpus.clean("translation").write(tmp_path)
    assert [side.column for side in lengths(tokens, limit=3)] == [
        "source_tokens",
        "target_tokens",
    ]
