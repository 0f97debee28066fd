from pathlib import Path

import numpy as np
import pytest

from models.text.vectors import read_vectors
from models.text.vocabulary import SPECIALS, Vocabulary
from storage.errors import CorpusFormatError, InputError

VOCABULARY = Vocabulary((*SPECIALS, "cat", "dog", "été", "."))


def file_of(folder: Path, text: str) -> Path:
    path = folder / "vectors.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("header", ["", "4 2\n"], ids=["GloVe", "word2vec"])
def test_both_formats_fill_the_rows_of_known_words(tmp_path: Path, header: str):
    path = file_of(tmp_path, header + "cat 1 2\nowl 9 9\nété -0.5 1e-1\n<unk> 7 7\n")
    vectors = read_vectors(path, VOCABULARY, dimension=2)
    assert vectors.matrix.dtype == np.float32
    np.testing.assert_allclose(vectors.matrix[4:], [[1, 2], [0, 0], [-0.5, 0.1], [0, 0]])
    assert vectors.found.tolist() == [False] * 4 + [True, False, True, False]
    assert vectors.coverage == 0.5


def test_trailing_spaces_windows_ends_and_a_missing_last_newline_do_no_harm(tmp_path: Path):
    path = file_of(tmp_path, "cat 1 2 \r\ndog 3 4")
    np.testing.assert_array_equal(
        read_vectors(path, VOCABULARY, dimension=2).matrix[4:6], [[1, 2], [3, 4]]
    )


def test_the_first_of_two_vectors_counts(tmp_path: Path):
    path = file_of(tmp_path, "cat 1 2\ncat 3 4\n")
    assert read_vectors(path, VOCABULARY, dimension=2).matrix[4].tolist() == [1, 2]


def test_a_word_with_spaces_in_it_is_none_of_ours(tmp_path: Path):
    path = file_of(tmp_path, "cat 1 2\n. . . 5 6\n")
    assert not read_vectors(path, VOCABULARY, dimension=2).found[7]


@pytest.mark.parametrize("text", ["3 5\ncat 1 2 3 4 5\n", "owl 1 2 3 4 5\n"])
def test_another_dimension_is_told_with_the_way_out(tmp_path: Path, text: str):
    with pytest.raises(InputError, match=r"5 numbers.*is 2; set network\.embedding_dim=5"):
        read_vectors(file_of(tmp_path, text), VOCABULARY, dimension=2)


@pytest.mark.parametrize("values", ["1", "1 nan", "1 inf"])
def test_short_and_infinite_vectors_are_told_with_their_line(tmp_path: Path, values: str):
    path = file_of(tmp_path, f"2 2\nowl 1 2\ncat {values}\n")
    with pytest.raises(CorpusFormatError, match="line 3.*2 finite numbers"):
        read_vectors(path, VOCABULARY, dimension=2)


def test_what_is_no_number_is_told_with_its_line(tmp_path: Path):
    path = file_of(tmp_path, "owl 1 2\ncat 1 two\n")
    with pytest.raises(CorpusFormatError, match="line 2.*two"):
        read_vectors(path, VOCABULARY, dimension=2)
