"""Bracketed trees: words and tags at their leaves."""

from pathlib import Path

import pandas as pd
import pytest

from configs.data import DataConfig
from corpora.download import fetch
from corpora.readers import read_rows
from storage.errors import CorpusFormatError
from tests.corpora.reading import read

TAGGED = {"tokens": "tokens", "tags": "tags"}
TREES = r"""
( (S
    (NP-SBJ (-NONE- *) )
    (VP (VB Take)
      (NP (CD 1\/2) (-LRB- -LRB-) )) (. .) ))
( (S (NP (-NONE- *T*-1) )))
(NP (NN line)
  (NN
   break) )
"""


def test_leaves_come_as_words_and_tags(tmp_path: Path):
    (tmp_path / "x.mrg").write_text(TREES)
    found = read(tmp_path / "x.mrg", "trees", columns=TAGGED)
    assert found.rows == [
        ("Take 1/2 -LRB- .", "VB CD -LRB- ."),
        ("line break", "NN NN"),
    ]
    assert found.lines == [2, 7]


def test_a_tree_that_does_not_end_is_refused(tmp_path: Path):
    (tmp_path / "x.mrg").write_text("(S (NN a)\n(S (NN b))\n")
    with pytest.raises(CorpusFormatError, match="the tree that begins in line 1 does not end"):
        read(tmp_path / "x.mrg", "trees", columns=TAGGED)
    (tmp_path / "x.mrg").write_text("(S (NN a))\n)\n")
    with pytest.raises(CorpusFormatError, match="line 2 closes a bracket"):
        read(tmp_path / "x.mrg", "trees", columns=TAGGED)


@pytest.mark.parametrize(
    ("keep", "words", "tags", "longest"),
    [(True, 100_676, 46, 271), (False, 94_084, 45, 249)],
)
def test_the_treebank_is_as_counted(
    keep: bool, words: int, tags: int, longest: int, real_data: Path, tmp_path: Path
):
    data = DataConfig(dataset="treebank", problem="tagging", keep_traces=keep)
    fetch(data, tmp_path / "step", cache=tmp_path / "raw", mirror=str(real_data))
    frame = pd.concat([chunk.frame for chunk in read_rows(tmp_path / "step", data)])
    lists = frame["tokens"].str.split(" ")
    assert (len(frame), frame["file"].nunique()) == (3_914, 199)
    assert (int(lists.str.len().sum()), int(lists.str.len().max())) == (words, longest)
    assert frame["tags"].str.split(" ").explode().nunique() == tags
