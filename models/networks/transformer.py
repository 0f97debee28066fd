"""The Transformer that writes one sentence while attending to another and to itself."""

import math
from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from models.networks.attention import attention_weights
from models.networks.positions import sinusoids
from models.networks.scores import WordVectors, scored, word_scores
from models.networks.state import DecoderState

_ANY_SHAPE = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
"""Kernels that take any shape at once: cuDNN's is planned anew for each, and on an H200 a step
that should take milliseconds took 342."""


class Transformer(nn.Module):
    """Encoder and decoder of Vaswani et al. 2017, each part normalised before it (pre-norm).

    Xiong et al. 2020 show why pre-norm trains without a delicate warm-up. Positions are
    sinusoids made when they are needed, so no length is too long.

    Axes: B batch, S source, T target, D model, H heads, K = D / H, L layers, V target
    vocabulary, N real target tokens, R rows being written, W words written.

    Args:
        source_vocabulary: Number of source ids.
        target_vocabulary: V.
        layers: L, on each side.
        model_dim: D.
        heads: H.
        feedforward_dim: Size between a layer's two products.
        dropout: On word vectors and on what each part adds.
        tied: Whether the words' vectors are the rows that score them.
    """

    def __init__(  # noqa: PLR0913 - plain numbers; the config stops at the builder
        self,
        source_vocabulary: int,
        target_vocabulary: int,
        *,
        layers: int,
        model_dim: int,
        heads: int,
        feedforward_dim: int,
        dropout: float,
        tied: bool,
    ) -> None:
        super().__init__()
        # read as tied ones are: small rows scaled up, so that positions do not drown
        self.source_embedding = WordVectors(source_vocabulary, model_dim, tied=True)
        self.embedding = WordVectors(target_vocabulary, model_dim, tied=True)
        self.encoder = nn.ModuleList(
            EncoderLayer(model_dim, heads, feedforward_dim, dropout) for _ in range(layers)
        )
        self.decoder = nn.ModuleList(
            DecoderLayer(model_dim, heads, feedforward_dim, dropout) for _ in range(layers)
        )
        self.encoder_norm = nn.LayerNorm(model_dim)
        self.decoder_norm = nn.LayerNorm(model_dim)
        self.dropout = nn.Dropout(dropout)
        self.scores = word_scores(
            target_vocabulary, feature_dim=model_dim, size=model_dim, tied=tied
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
        states = self._embedded(self.embedding, target_in, first=0)
        for layer, keys, values in self._layers_reading(state):
            states = layer(states, keys, values, state.mask)
        return self._score(self.decoder_norm(states[mask]))

    def start(self, source: Tensor, source_lengths: Tensor) -> DecoderState:
        """Read the source; shapes as in :meth:`forward`."""
        places = torch.arange(source.shape[1], device=source.device)
        mask = places < source_lengths.to(source.device).unsqueeze(1)  # (B, S)
        states = self._embedded(self.source_embedding, source, first=0)
        for layer in self.encoder:
            states = layer(states, mask)
        memory = self.encoder_norm(states)  # (B, S, D)
        read = [part for layer in self._decoder_layers() for part in layer.look.keys_of(memory)]
        nothing = read[0][:, :, :0]  # (B, H, 0, K)
        return DecoderState((nothing,) * len(read), tuple(read), mask)

    def step(self, tokens: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """Score what may follow.

        Args:
            tokens: (R,) int64, the token written last in each row.
            state: From :meth:`start` or the step before.

        Returns:
            (R, V) logits, which are the caller's to change, and the next state; its attention
            is the mean over the last layer's heads.
        """
        first = state.written[0].shape[2]
        states = self._embedded(self.embedding, tokens.unsqueeze(1), first=first)
        written: list[Tensor] = []
        weights = None
        for number, (layer, keys, values) in enumerate(self._layers_reading(state)):
            before = state.written[2 * number], state.written[2 * number + 1]
            states, weights, kept = layer.step(states, before, keys, values, state.mask)
            written += kept
        logits = self._score(self.decoder_norm(states.squeeze(1)))
        return logits, state.after(*written, attention=weights)

    def word_vectors(self) -> tuple[Tensor, Tensor]:
        """(ids, D) vectors of the source's words, and of the target's."""
        return self.source_embedding.weight, self.embedding.weight

    def _embedded(self, embedding: WordVectors, ids: Tensor, *, first: int) -> Tensor:
        """(B, T, D) vectors of words whose first stands at a place, with their places."""
        vectors = embedding(ids)
        places = sinusoids(ids.shape[1], vectors.shape[2], first=first, device=ids.device)
        embedded: Tensor = self.dropout(vectors + places)
        return embedded

    def _decoder_layers(self) -> "list[DecoderLayer]":
        return list(self.decoder)  # type: ignore[arg-type]

    def _layers_reading(
        self, state: DecoderState
    ) -> "list[tuple[DecoderLayer, Tensor, Tensor]]":
        """Each layer with its (B, H, S, K) keys and values of the source."""
        keys, values = state.read[::2], state.read[1::2]
        return list(zip(self._decoder_layers(), keys, values, strict=True))

    def _score(self, features: Tensor) -> Tensor:
        return scored(self.scores, features, self.embedding.weight)


class EncoderLayer(nn.Module):
    """Attention to the same sentence, then two products at each place."""

    def __init__(self, model_dim: int, heads: int, feedforward_dim: int, dropout: float):
        super().__init__()
        self.own = HeadedAttention(model_dim, heads)
        self.own_norm = nn.LayerNorm(model_dim)
        self.feedforward = _feedforward(model_dim, feedforward_dim, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, S, D) states after the layer; mask (B, S) bool, True on real tokens."""
        normed = self.own_norm(states)
        keys, values = self.own.keys_of(normed)
        looked = self.own(normed, keys, values, mask=mask[:, None, None])
        states = states + self.dropout(looked)
        after: Tensor = states + self.dropout(self.feedforward(states))
        return after


class DecoderLayer(nn.Module):
    """Attention to the words before, then to the source, then two products at each place."""

    def __init__(self, model_dim: int, heads: int, feedforward_dim: int, dropout: float):
        super().__init__()
        self.own = HeadedAttention(model_dim, heads)
        self.own_norm = nn.LayerNorm(model_dim)
        self.look = HeadedAttention(model_dim, heads)
        self.look_norm = nn.LayerNorm(model_dim)
        self.feedforward = _feedforward(model_dim, feedforward_dim, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """The states of all words of known targets.

        Args:
            states: (B, T, D).
            keys: (B, H, S, K), of the source.
            values: (B, H, S, K).
            mask: (B, S) bool, True on real source tokens.
        """
        normed = self.own_norm(states)
        looked = self.own(normed, *self.own.keys_of(normed), causal=True)
        states = states + self.dropout(looked)
        looked = self.look(self.look_norm(states), keys, values, mask=mask[:, None, None])
        states = states + self.dropout(looked)
        after: Tensor = states + self.dropout(self.feedforward(states))
        return after

    def step(
        self,
        states: Tensor,
        written: tuple[Tensor, Tensor],
        keys: Tensor,
        values: Tensor,
        mask: Tensor,
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """The state of one more word.

        Args:
            states: (R, 1, D).
            written: (R, H, W, K) keys and values of the words before.
            keys: (R, H, S, K), of the source.
            values: (R, H, S, K).
            mask: (R, S) bool.

        Returns:
            (R, 1, D) states, (R, S) weights on the source, and the keys and values with the
            new word's.
        """
        normed = self.own_norm(states)
        pairs = zip(written, self.own.keys_of(normed), strict=True)
        kept = [torch.cat([before, new], dim=2) for before, new in pairs]
        states = states + self.dropout(self.own(normed, *kept))
        looked, weights = self.look.seen(
            self.look_norm(states), keys, values, mask[:, None, None]
        )
        states = states + self.dropout(looked)
        return states + self.dropout(self.feedforward(states)), weights, kept


class HeadedAttention(nn.Module):
    """Scaled dot products in several heads (Vaswani et al. 2017, section 3.2).

    Axes as in :class:`Transformer`, and Q queries.
    """

    def __init__(self, model_dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.queries = nn.Linear(model_dim, model_dim)
        self.keys_values = nn.Linear(model_dim, 2 * model_dim)
        self.join = nn.Linear(model_dim, model_dim)

    def keys_of(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """(B, H, S, K) keys and values of (B, S, D) states."""
        keys, values = self.keys_values(states).chunk(2, dim=2)
        return self._in_heads(keys), self._in_heads(values)

    def forward(
        self,
        states: Tensor,
        keys: Tensor,
        values: Tensor,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
    ) -> Tensor:
        """What (B, Q, D) states see.

        Args:
            states: Who looks.
            keys: (B, H, S, K).
            values: (B, H, S, K).
            mask: Bool that broadcasts to (B, H, Q, S), True where one may look.
            causal: Whether each looks at itself and what stands before it alone.
        """
        queries = self._in_heads(self.queries(states))
        with sdpa_kernel(_ANY_SHAPE) if states.is_cuda else nullcontext():
            seen = F.scaled_dot_product_attention(
                queries, keys, values, attn_mask=mask, is_causal=causal
            )
        joined: Tensor = self.join(seen.transpose(1, 2).flatten(2))
        return joined

    def seen(
        self, states: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The same for one state a row, (R, 1, D), and the heads' mean (R, S) weights."""
        queries = self._in_heads(self.queries(states))  # (R, H, 1, K)
        scores = queries @ keys.transpose(2, 3) / math.sqrt(queries.shape[3])
        weights = attention_weights(scores, mask)  # (R, H, 1, S)
        seen = (weights @ values).transpose(1, 2).flatten(2)  # (R, 1, D)
        return self.join(seen), weights.mean(dim=1).squeeze(1)

    def _in_heads(self, states: Tensor) -> Tensor:
        """(B, H, S, K) of (B, S, D)."""
        batch, places, size = states.shape
        return states.view(batch, places, self.heads, size // self.heads).transpose(1, 2)


def _feedforward(model_dim: int, feedforward_dim: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(model_dim),
        nn.Linear(model_dim, feedforward_dim),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(feedforward_dim, model_dim),
    )
