"""Networks that give one score per class to a text."""

from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.cells import CellName
from models.networks.dropouts import drop_words
from models.networks.encoders import Pooling, RecurrentEncoder, pool
from models.networks.ngrams import HashedNgrams


class RecurrentClassifier(nn.Module):
    """Recurrent encoder, pooled over time, a dense layer, and a score per class.

    Axes: B batch, T time, K classes.

    Args:
        vocabulary: Number of ids.
        classes: K.
        cell: Kind of the recurrent layers.
        bidirectional: Read from both ends.
        layers: Recurrent layers.
        halving: Let each layer have half the state of the one below.
        embedding_dim: Size of a word's vector.
        embedding_deviation: Standard deviation of the word vectors before training.
        hidden_dim: State size of one direction.
        dense_dim: Size of the dense layer; 0: none.
        pooling: How the states over time become one vector.
        dropout: On word vectors, between layers, before and after the dense layer.
        embedding_dropout: Whole embedding channels, per text.
        word_dropout: Words that the encoder reads as the unknown word in training.
        ngram_buckets: Rows of weights for hashed words and bigrams; 0: none.
        ngram_dropout: Texts that must do without their n-grams in training.
        unknown_id: Id of the unknown word.
        edge_ids: Ids of begin and end of a text, for the bigrams at its edges.
        pad_id: Id that no word has.
    """

    def __init__(  # noqa: PLR0913 - networks take plain numbers; the config stops at the builder
        self,
        vocabulary: int,
        classes: int,
        *,
        cell: CellName,
        bidirectional: bool,
        layers: int,
        halving: bool,
        embedding_dim: int,
        embedding_deviation: float,
        hidden_dim: int,
        dense_dim: int,
        pooling: Pooling,
        dropout: float,
        embedding_dropout: float,
        word_dropout: float,
        ngram_buckets: int,
        ngram_dropout: float,
        unknown_id: int,
        edge_ids: tuple[int, int],
        pad_id: int,
    ) -> None:
        super().__init__()
        self.encoder = RecurrentEncoder(
            vocabulary,
            embedding_dim=embedding_dim,
            embedding_deviation=embedding_deviation,
            hidden_dim=hidden_dim,
            cell=cell,
            layers=layers,
            halving=halving,
            bidirectional=bidirectional,
            dropout=dropout,
            embedding_dropout=embedding_dropout,
        )
        pooled_dim = self.encoder.recurrence.output_dim * (2 if pooling == "max_mean" else 1)
        self.dense = nn.Linear(pooled_dim, dense_dim) if dense_dim else None
        self.scores = nn.Linear(dense_dim or pooled_dim, classes)
        self.dropout = nn.Dropout(dropout)
        self.ngrams = (
            HashedNgrams(
                ngram_buckets,
                classes,
                edge_ids=edge_ids,
                pad_id=pad_id,
                text_dropout=ngram_dropout,
            )
            if ngram_buckets
            else None
        )
        self.directions = 2 if bidirectional else 1
        self.pooling: Pooling = pooling
        self.word_dropout = word_dropout
        self.unknown_id = unknown_id

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Args:
            ids: (B, T) int64; what stands behind a text's length has no influence.
            lengths: (B,) int64 on the CPU, each at least 1.

        Returns:
            (B, K) logits.
        """
        kept = ids
        if self.training and self.word_dropout > 0:
            kept = drop_words(ids, share=self.word_dropout, unknown_id=self.unknown_id)
        read = self.encoder(kept, lengths)
        features = pool(read, lengths, pooling=self.pooling, directions=self.directions)
        features = self.dropout(features)  # (B, D) or (B, 2 D)
        if self.dense is not None:
            features = self.dropout(F.relu(self.dense(features)))
        logits: Tensor = self.scores(features)  # (B, K)
        return logits if self.ngrams is None else logits + self.ngrams(ids, lengths)
