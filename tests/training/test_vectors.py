"""Embeddings that start from word vectors in a text file."""

from pathlib import Path

import pytest
import torch

from models.text.vocabulary import SPECIALS
from storage.errors import InputError
from training.problems.base import Embedding
from training.vectors import start_from_vectors


def embedding() -> Embedding:
    words = (*SPECIALS, "cat", "dog", "naïve", "7")
    return Embedding("text", torch.zeros(len(words), 2, requires_grad=True), words)


@pytest.mark.parametrize("header", ["", "3 2\n"])
def test_covered_words_take_their_vector_and_the_others_stay(tmp_path: Path, header: str):
    path = tmp_path / "vectors.txt"
    path.write_text(f"{header}cat 1 2\nbird 3 4\nnaïve -0.5 5e-1\n", encoding="utf-8")
    words = embedding()
    assert start_from_vectors([words], path) == {"vectors": {"text": 0.5}}
    assert words.weight[4:].tolist() == [[1, 2], [0, 0], [-0.5, 0.5], [0, 0]]


def test_word_that_is_a_number_is_not_taken_for_the_header(tmp_path: Path):
    path = tmp_path / "vectors.txt"
    path.write_text("7 1 2\n")
    words = embedding()
    start_from_vectors([words], path)
    assert words.weight[7].tolist() == [1, 2]


def test_header_that_names_a_number_of_the_vocabulary_is_passed_over(tmp_path: Path):
    path = tmp_path / "vectors.txt"
    path.write_text("7 2\ncat 1 2\n")
    assert start_from_vectors([embedding()], path) == {"vectors": {"text": 0.25}}


def test_vectors_of_another_size_are_refused_with_the_setting(tmp_path: Path):
    path = tmp_path / "glove.txt"
    path.write_text("bird 1 2 3\ncat 1 2 3\n")
    message = "glove.txt holds vectors of 3 numbers, .* 2; set network.embedding_dim=3"
    with pytest.raises(InputError, match=message):
        start_from_vectors([embedding()], path)


@pytest.mark.parametrize("fields", ["one two", "1 inf", "nan 1"])
def test_line_that_holds_no_numbers_is_refused_by_its_place(tmp_path: Path, fields: str):
    path = tmp_path / "glove.txt"
    path.write_text(f"cat {fields}\n")
    with pytest.raises(InputError, match="glove.txt, line 1: "):
        start_from_vectors([embedding()], path)


def test_without_a_file_nothing_is_touched():
    words = embedding()
    assert start_from_vectors([words], None) == {}
    assert not words.weight.any()
