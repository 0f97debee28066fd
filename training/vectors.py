"""Embeddings that start from given word vectors, in the text format of word2vec and GloVe."""

from collections.abc import Iterable
from pathlib import Path

import torch

from models.text.vectors import read_vectors
from models.text.vocabulary import Vocabulary
from storage.files import Json
from training.problems.base import Embedding


def start_from_vectors(embeddings: Iterable[Embedding], path: Path | None) -> dict[str, Json]:
    """Overwrite the rows of the embeddings whose words the file holds.

    Args:
        embeddings: Their words are looked up as they are.
        path: The file; None: nothing is done.

    Returns:
        `vectors`: for each embedding the share of its words that the file covers, 0 to 1.

    Raises:
        InputError: If the vectors are of another size than the embedding, or no numbers.
    """
    if path is None:
        return {}
    return {"vectors": {embedding.name: _start(embedding, path) for embedding in embeddings}}


def _start(embedding: Embedding, path: Path) -> float:
    """Share of the embedding's words that the file gave a vector to."""
    vocabulary = Vocabulary(embedding.words)
    vectors = read_vectors(path, vocabulary, dimension=embedding.weight.shape[1])
    found = torch.from_numpy(vectors.found)
    with torch.no_grad():
        embedding.weight[found] = torch.from_numpy(vectors.matrix)[found].to(embedding.weight)
    return vectors.coverage
