"""Embeddings that start from given word vectors, in the text format of word2vec and GloVe."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.text.vocabulary import SPECIALS
from storage.errors import InputError
from storage.files import Json
from training.problems.base import WordVectors


def start_from_vectors(embeddings: Iterable[WordVectors], path: Path | None) -> dict[str, Json]:
    """Overwrite the rows of the embeddings whose words the file holds.

    Args:
        embeddings: Their words are looked up as they are.
        path: A word and its numbers on each line, parted by spaces; a first line of two
            numbers (word2vec) is passed over. None: nothing is done.

    Returns:
        `vectors`: for each embedding the share of its words that the file covers, 0 to 1.

    Raises:
        InputError: If the vectors are of another size than the embedding, or no numbers.
    """
    if path is None:
        return {}
    return {"vectors": {embedding.name: _start(embedding, path) for embedding in embeddings}}


def _start(embedding: WordVectors, path: Path) -> float:
    """Share of the embedding's words that the file gave a vector to."""
    ids = {word.encode(): number for number, word in enumerate(embedding.words)}
    found = dict(_matching_lines(path, ids, embedding.weight.shape[1]))
    if found:
        rows = torch.tensor(list(found))
        values = torch.from_numpy(np.stack(list(found.values())))
        with torch.no_grad():
            embedding.weight[rows] = values.to(embedding.weight)
    return len(found) / (len(ids) - len(SPECIALS))


def _matching_lines(
    path: Path, ids: dict[bytes, int], size: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Id and vector of each line whose word is wanted; numbers of other lines stay unread."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            word, _, rest = line.rstrip().partition(b" ")
            if word not in ids or (number == 1 and rest.isdigit()):
                continue
            fields = rest.split()
            if len(fields) != size:
                raise InputError(
                    f"{path.name}, line {number}: the vector has {len(fields)} numbers, but "
                    f"network.embedding_dim is {size}; set that to {len(fields)}"
                )
            vector = _numbers(fields)
            if vector is None:
                raise InputError(
                    f"{path.name}, line {number}: a word must be followed by finite numbers"
                )
            yield ids[word], vector


def _numbers(fields: list[bytes]) -> NDArray[np.float32] | None:
    """The fields as numbers, or None if they are not all finite ones."""
    try:
        vector = np.array(fields, dtype=np.float32)
    except ValueError:
        return None
    return vector if np.isfinite(vector).all() else None
