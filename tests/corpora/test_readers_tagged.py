"""Sentences with a tag for each word: CoNLL-U, two columns, lists, two files."""

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.data import Columns, DataConfig
from corpora.download import fetch
from corpora.lines import line_blocks
from corpora.own_files import adopt_aligned_files, adopt_own_file, own_path
from corpora.readers import read_own_file, read_rows
from corpora.readers_tagged import word_tag_rows
from corpora.rows import Wanted
from storage.errors import CorpusFormatError, InputError
from tests.corpora.reading import read
from tests.corpora.test_lines import Pieces

TAGGED = {"tokens": "tokens", "tags": "tags"}
CONLLU = """\
# sent_id = 1
# text = I don't say "None" # NA
1\tI\ti\tPRON\tPRP\t_\t4\tnsubj\t_\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdo\tdo\tAUX\tVBP\t_\t4\taux\t_\t_
3\tn't\tnot\tPART\tRB\t_\t4\tadvmod\t_\t_
4\tsay\tsay\tVERB\tVB\t_\t0\troot\t_\t_
5\t"\t"\tPUNCT\t``\t_\t4\tpunct\t_\t_
6\tNone\tnone\tNOUN\tNN\t_\t4\tobj\t_\t_
6.1\tsaid\tsay\tVERB\tVBD\t_\t_\t_\t_\t_
7\t#\t#\tSYM\t#\t_\t6\tdep\t_\t_
8\tNA\tna\tNOUN\tNN\t_\t6\tdep\t_\t_

1\t10 000\t10000\tNUM\tCD\t_\t0\troot\t_\t_
"""


def test_words_of_conllu_come_with_their_universal_tags(tmp_path: Path):
    (tmp_path / "x.conllu").write_text(CONLLU)
    found = read(tmp_path / "x.conllu", "conllu", columns=TAGGED)
    assert found.rows == [
        ("I do n't say \" None # NA", "PRON AUX PART VERB PUNCT NOUN SYM NOUN"),
        ("10_000", "NUM"),
    ]
    assert (found.lines, found.rejected) == ([3, 14], [])


def test_multiword_tokens_and_empty_nodes_are_counted(tmp_path: Path):
    (tmp_path / "x.conllu").write_text(CONLLU)
    file = adopt_own_file(tmp_path / "x.conllu", own=tmp_path / "own")
    path = own_path(file, own=tmp_path / "own")
    skipped: Counter[str] = Counter()
    for chunk in read_own_file(path, file, columns=TAGGED):
        skipped.update(chunk.skipped)
    assert skipped == {"multiword tokens": 1, "empty nodes": 1}


def test_fine_tags_are_taken_where_they_are_asked_for(tmp_path: Path):
    (tmp_path / "x.conllu").write_text(CONLLU)
    found = read(tmp_path / "x.conllu", "conllu", columns=TAGGED | {"tags": "xpos"})
    assert found.rows[1] == ("10_000", "CD")
    with pytest.raises(InputError, match="tags are upos or xpos, not 'lemma'"):
        read(tmp_path / "x.conllu", "conllu", columns=TAGGED | {"tags": "lemma"})


def test_a_sentence_with_a_broken_line_is_refused_whole(tmp_path: Path):
    (tmp_path / "x.conllu").write_text("1\tgood\n\n" + CONLLU)
    found = read(tmp_path / "x.conllu", "conllu", columns=TAGGED)
    assert len(found.rows) == 2
    assert found.rejected == [(1, "not a word of CoNLL-U", "1\tgood")]


def test_columns_between_spaces_are_two(tmp_path: Path):
    """CoNLL-2000 and CoNLL-2003 have four: the tags in between are no part of the word."""
    (tmp_path / "x.conll").write_text("the DET B-NP O\ncat NOUN I-NP O\n\na  DET\n\n")
    found = read(tmp_path / "x.conll", "word_tags", columns=TAGGED)
    assert found.rows == [("a", "DET")]
    ((line, reason, excerpt),) = found.rejected
    assert (line, excerpt) == (1, "the DET B-NP O")
    assert "of more columns keep two, as by cut" in reason


def test_comments_between_columns_are_skipped(tmp_path: Path):
    text = "# sent_id = 7\n# text = # 1\n#\tSYM\n1 \tNUM\nNew York\tPROPN\n\n"
    (tmp_path / "x.conll").write_text(text)
    found = read(tmp_path / "x.conll", "word_tags", columns=TAGGED)
    assert found.rows == [("# 1 New_York", "SYM NUM PROPN")]


@pytest.mark.parametrize(
    ("tokens", "tags", "reason"),
    [
        (["a", "b"], ["X"], "2 words, but 1 tags"),
        (["a"], ["X", "X", "X"], "1 words, but 3 tags"),
        (["a", "b"], ["X", "_"], "a word has no tag but _"),
    ],
)
def test_a_sentence_without_a_tag_for_each_word_is_refused(
    tokens: list[str], tags: list[str], reason: str, tmp_path: Path
):
    rows = [{"tokens": ["a"], "tags": ["X"]}, {"tokens": tokens, "tags": tags}]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read(tmp_path / "x.jsonl", "jsonl", columns=TAGGED)
    assert found.rows == [("a", "X")]
    assert found.rejected[0][:2] == (2, reason)


def test_a_file_without_empty_lines_is_another_format(tmp_path: Path):
    (tmp_path / "x.conll").write_text("word\tTAG\n" * 100_002)
    with pytest.raises(CorpusFormatError, match="no empty line after line 1 for 100,000"):
        read(tmp_path / "x.conll", "word_tags", columns=TAGGED)


@given(
    sentences=st.lists(
        st.lists(
            st.tuples(
                st.text(st.sampled_from('aé"#-None'), min_size=1, max_size=4),
                st.sampled_from(["NN", "``", "#"]),
            ),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=8,
    ),
    piece=st.integers(1, 40),
    blank=st.integers(1, 3),
)
def test_sentences_are_the_same_however_the_file_is_read(
    sentences: list[list[tuple[str, str]]], piece: int, blank: int
):
    lines = ["\n".join(f"{word}\t{tag}" for word, tag in each) for each in sentences]
    text = ("\n" * (blank + 1)).join(lines) + "\n"
    blocks = line_blocks(Pieces(text.encode(), piece), name="x")
    found = [
        pair
        for rows in word_tag_rows(blocks, Wanted(TAGGED), name="x")
        for pair in zip(
            rows.columns["tokens"].to_pylist(), rows.columns["tags"].to_pylist(), strict=True
        )
    ]
    assert found == [
        (" ".join(word for word, _ in each), " ".join(tag for _, tag in each))
        for each in sentences
    ]


@pytest.mark.parametrize("as_lists", [True, False])
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_lists_and_spaced_text_say_the_same(kind: str, as_lists: bool, tmp_path: Path):
    rows = [(["None", "NA"], ["NOUN", "X"]), (["a b", "c"], ["DET", "NOUN"])]
    records = [{"tokens": tokens, "tags": tags} for tokens, tags in rows]
    if not as_lists:
        spaced = [("None NA", "NOUN X"), ("a_b c", "DET NOUN")]
        records = [{"tokens": tokens, "tags": tags} for tokens, tags in spaced]
    path = tmp_path / f"x.{kind}"
    if kind == "jsonl":
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    else:
        pd.DataFrame(records).to_parquet(path)
    found = read(path, kind, columns=TAGGED)  # type: ignore[arg-type]
    assert found.rows == [("None NA", "NOUN X"), ("a_b c", "DET NOUN")]


def test_a_list_with_an_empty_word_is_refused(tmp_path: Path):
    path = tmp_path / "x.jsonl"
    good = {"tokens": ["a"], "tags": ["DET"]}
    path.write_text("\n".join(json.dumps(each) for each in (good, good | {"tokens": [""]})))
    assert read(path, "jsonl", columns=TAGGED).rejected[0][:2] == (2, "no tokens")
    path.write_text("\n".join(json.dumps(each) for each in (good, good | {"tokens": [1]})))
    found = read(path, "jsonl", columns=TAGGED).rejected
    assert found[0][:2] == (2, "tokens holds something else than words")


def test_two_files_stand_side_by_side(tmp_path: Path):
    (tmp_path / "x.words").write_text("a cat\nno\n")
    (tmp_path / "x.tags").write_text("DET NOUN\nINTJ\n")
    own = tmp_path / "own"
    file = adopt_aligned_files(tmp_path / "x.words", tmp_path / "x.tags", own=own)
    chunks = list(read_own_file(own_path(file, own=own), file, columns=TAGGED))
    rows = pd.concat([chunk.frame for chunk in chunks])[["tokens", "tags"]]
    assert rows.values.tolist() == [["a cat", "DET NOUN"], ["no", "INTJ"]]


def test_the_english_web_treebank_is_as_counted(real_data: Path, tmp_path: Path):
    data = DataConfig(dataset="ud-english-ewt", problem="tagging", columns=Columns())
    fetch(data, tmp_path / "step", cache=tmp_path / "raw", mirror=str(real_data))
    chunks = list(read_rows(tmp_path / "step", data))
    frame = pd.concat([chunk.frame for chunk in chunks])
    assert frame["file"].value_counts().tolist() == [12_544, 2_077, 2_001]
    tags = frame["tags"].str.split(" ").explode()
    assert len(tags) == 254_818
    assert tags.nunique() == 17
    assert frame["tokens"].str.split(" ").explode().isin(["None", "NA"]).sum() > 0
    skipped = pd.DataFrame([chunk.skipped for chunk in chunks]).sum()
    assert skipped.to_dict() == {"multiword tokens": 3_327, "empty nodes": 43}
