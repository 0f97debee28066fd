"""The recurrent network that writes one sentence while reading another."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from models.networks.cells import Read
from models.networks.decoders import (
    BahdanauDecoder,
    Decoder,
    DecoderSizes,
    LuongDecoder,
    PlainDecoder,
)
from models.networks.encoders import RecurrentEncoder
from models.networks.scores import WordVectors, scored, word_scores
from models.networks.state import DecoderState

AttentionName: TypeAlias = Literal["none", "bahdanau", "luong"]
DecoderStart: TypeAlias = Literal["same_layer", "top_layer"]
DECODERS: Mapping[AttentionName, type[Decoder]] = {
    "none": PlainDecoder,
    "bahdanau": BahdanauDecoder,
    "luong": LuongDecoder,
}


class GRUEncoderDecoder(nn.Module):
    """A GRU that reads, and a GRU that writes from what the first has read.

    Without attention as in Sutskever et al. 2014, section 2, with the cell of Cho et al.
    2014, section 2.3; with it as Bahdanau et al. 2015 or Luong et al. 2015 (see the decoders).

    Axes: B batch, S source, T target, H state, L layers, V target vocabulary, N real target
    tokens, R rows being written.

    Args:
        source_vocabulary: Number of source ids.
        target_vocabulary: V.
        attention: How the decoder looks back at the source.
        bidirectional: Whether the encoder reads from both ends; its two final states then go
            through a layer to become the decoder's first (Bahdanau et al. 2015, A.2.2).
        layers: L, on each side.
        decoder_start: The encoder's final state that each layer of the decoder starts from.
        embedding_dim: E, size of a word's vector.
        hidden_dim: H.
        dropout: On word vectors, between layers and before the scores.
        tied: Whether the words' vectors are the rows that score them (Press and Wolf 2017).
    """

    def __init__(  # noqa: PLR0913 - plain numbers; the config stops at the builder
        self,
        source_vocabulary: int,
        target_vocabulary: int,
        *,
        attention: AttentionName,
        bidirectional: bool,
        layers: int,
        decoder_start: DecoderStart,
        embedding_dim: int,
        hidden_dim: int,
        dropout: float,
        tied: bool,
    ) -> None:
        super().__init__()
        self.encoder = RecurrentEncoder(
            source_vocabulary,
            embedding_dim=embedding_dim,
            hidden_dim=hidden_dim,
            cell="gru",
            layers=layers,
            bidirectional=bidirectional,
            dropout=dropout,
        )
        self._directions = 2 if bidirectional else 1
        self._start_from_top = decoder_start == "top_layer"
        self.bridges = nn.ModuleList(
            nn.Linear(2 * hidden_dim, hidden_dim) for _ in range(layers if bidirectional else 0)
        )
        self.embedding = WordVectors(target_vocabulary, embedding_dim, tied=tied)
        self.decoder: Decoder = DECODERS[attention](
            DecoderSizes(
                embedding_dim,
                hidden_dim,
                memory=hidden_dim * self._directions,
                feature=embedding_dim if tied else hidden_dim,
                layers=layers,
                dropout=dropout,
            )
        )
        self.dropout = nn.Dropout(dropout)
        self.scores = word_scores(
            target_vocabulary,
            feature_dim=self.decoder.feature_dim,
            size=embedding_dim,
            tied=tied,
        )

    def forward(
        self, source: Tensor, source_lengths: Tensor, target_in: Tensor, mask: Tensor
    ) -> Tensor:
        """Score each next target token, given the ones before it.

        Args:
            source: (B, S) int64; what stands behind a length has no influence.
            source_lengths: (B,) int64 on the CPU, each at least 1.
            target_in: (B, T) int64, begin of sentence and then the target.
            mask: (B, T) bool, True on real tokens.

        Returns:
            (N, V) logits of the real positions only, row after row.
        """
        state = self.start(source, source_lengths)
        embedded = self.dropout(self.embedding(target_in))  # (B, T, E)
        features = self.decoder.write(embedded, state, mask)  # (N, D)
        return self._score(features)

    def start(self, source: Tensor, source_lengths: Tensor) -> DecoderState:
        """Read the source; shapes as in :meth:`forward`."""
        read: Read = self.encoder(source, source_lengths)
        places = torch.arange(source.shape[1], device=source.device)
        return DecoderState(
            written=(self._first_state(read.final),),
            read=self.decoder.remember(read.states),
            mask=places < source_lengths.to(source.device).unsqueeze(1),
        )

    def step(self, tokens: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """Score what may follow.

        Args:
            tokens: (R,) int64, the token written last in each row.
            state: From :meth:`start` or the step before.

        Returns:
            (R, V) logits, which are the caller's to change, and the next state.
        """
        embedded: Tensor = self.dropout(self.embedding(tokens))  # (R, E)
        features, after = self.decoder.step(embedded, state)
        return self._score(features), after

    def word_vectors(self) -> tuple[Tensor, Tensor]:
        """(ids, E) vectors of the source's words, and of the target's."""
        return self.encoder.embedding.weight, self.embedding.weight

    def _score(self, features: Tensor) -> Tensor:
        return scored(self.scores, self.dropout(features), self.embedding.weight)

    def _first_state(self, final: Tensor) -> Tensor:
        """(B, L, H) of the encoder's (L * directions, B, H) final states."""
        rows, size = final.shape[1:]
        by_layer = final.view(-1, self._directions, rows, size)  # (L, directions, B, H)
        if self._start_from_top:
            by_layer = by_layer[-1:].expand_as(by_layer)
        if not self.bridges:
            return by_layer[:, 0].transpose(0, 1)
        both = by_layer.transpose(1, 2).flatten(2)  # (L, B, 2 H)
        bridged = [bridge(one) for bridge, one in zip(self.bridges, both, strict=True)]
        return torch.tanh(torch.stack(bridged, dim=1))
