"""Pretrained word vectors in the text format of word2vec and GloVe."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from models.text.vocabulary import SPECIALS, Vocabulary
from storage.errors import CorpusFormatError, InputError


@dataclass(frozen=True)
class WordVectors:
    """Vectors for the words of a vocabulary.

    Attributes:
        matrix: (V, E) float32; rows of words that the file does not hold are 0.
        found: (V,) bool, True on words that the file holds.
    """

    matrix: NDArray[np.float32]
    found: NDArray[np.bool_]

    @property
    def coverage(self) -> float:
        """Share of the vocabulary's words, specials aside, that the file holds, 0 to 1."""
        words = self.found[len(SPECIALS) :]
        return float(words.mean()) if len(words) else 0.0


def read_vectors(path: Path, vocabulary: Vocabulary, *, dimension: int) -> WordVectors:
    """Pick the vocabulary's words from a file of one word and its numbers a line.

    The first line may be word2vec's header, the count of words and their dimension. Of a
    word that stands twice the first line counts. Memory grows with the vocabulary, not
    with the file.

    Args:
        path: The file, UTF-8 text.
        vocabulary: The words to look for, spelt as in the file.
        dimension: Numbers of a vector: the size of the network's embedding.

    Raises:
        InputError: If the file's vectors are of another dimension.
        CorpusFormatError: If a needed line holds too few numbers, or what is none.
    """
    matrix = np.zeros((len(vocabulary), dimension), np.float32)
    found = np.zeros(len(vocabulary), np.bool_)
    ids = {word.encode(): i for i, word in enumerate(vocabulary.words) if word not in SPECIALS}
    with path.open("rb") as file:
        first = _first_line(file, dimension=dimension)
        for number, line in enumerate(file, start=first):
            place = ids.get(line.partition(b" ")[0])
            if place is None or found[place]:
                continue
            values = line.split()[1:]
            if len(values) > dimension:  # a word with spaces in it: none of ours
                continue
            matrix[place] = _numbers(
                values, dimension=dimension, where=f"{path}, line {number}"
            )
            found[place] = True
    return WordVectors(matrix=matrix, found=found)


def _first_line(file: BinaryIO, *, dimension: int) -> int:
    """Compare the file's dimension; the line, from 1, at which its vectors begin."""
    fields = file.readline().split()
    is_header = len(fields) == 2 and all(field.isdigit() for field in fields)
    given = int(fields[1]) if is_header else len(fields) - 1
    if given != dimension:
        raise InputError(
            f"{file.name} holds vectors of {max(given, 0)} numbers, but the network's "
            f"embedding_dim is {dimension}; set network.embedding_dim={given}, or take other "
            f"vectors"
        )
    if is_header:
        return 2
    file.seek(0)
    return 1


def _numbers(values: list[bytes], *, dimension: int, where: str) -> NDArray[np.float32]:
    try:
        vector = np.array(values, np.float32)
    except ValueError as error:
        raise CorpusFormatError(f"{where}: {error}; each line is a word and numbers") from error
    if len(vector) != dimension or not np.isfinite(vector).all():
        raise CorpusFormatError(
            f"{where}: {len(vector)} numbers, {np.isfinite(vector).sum()} of them finite; each "
            f"line is a word and {dimension} finite numbers"
        )
    return vector
