"""Recurrent decoders: without attention, with additive, and with multiplicative attention.

Each gives the features that the next word is scored by, for all steps of a known target at
once or for one step. What can be said of all steps together is computed in one product.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from models.networks.additive_recurrence import Source, StateWeights, go_on, recur
from models.networks.attention import AdditiveAttention, MultiplicativeAttention
from models.networks.state import DecoderState


class Written(NamedTuple):
    """What a decoder made of one more word of each row.

    Attributes:
        features: (R, D) that the word after it is scored by.
        state: What the next step starts from.
    """

    features: Tensor
    state: DecoderState


class PlainDecoder(nn.GRU):
    """A GRU that knows of the source only what its first state says.

    Sutskever et al. 2014, section 2, with the cell of Cho et al. 2014, section 2.3.

    Axes: B batch, T target, N real target tokens, L layers, H state, E embedding.

    Args:
        embedding_dim: E.
        hidden_dim: H.
        layers: L.
        dropout: Between layers, share 0 to 1.
    """

    def __init__(
        self, embedding_dim: int, hidden_dim: int, *, layers: int, dropout: float
    ) -> None:
        super().__init__(
            embedding_dim,
            hidden_dim,
            num_layers=layers,
            dropout=dropout if layers > 1 else 0.0,
            batch_first=True,
        )
        self.feature_dim = hidden_dim

    def remember(self, memory: Tensor) -> tuple[Tensor, ...]:
        """Nothing of the (B, S, M) encoder states."""
        return ()

    def write(self, embedded: Tensor, state: DecoderState, mask: Tensor) -> Tensor:
        """Features of all words of known targets.

        Args:
            embedded: (B, T, E) word vectors, begin of sentence first.
            state: Where to start.
            mask: (B, T) bool, True on real words.

        Returns:
            (N, H) features of real positions only, row after row.
        """
        states, _ = self(embedded, _layers_first(state))  # (B, T, H)
        features: Tensor = states[mask]
        return features

    def step(self, embedded: Tensor, state: DecoderState) -> Written:
        """Features after one more word, (R, E)."""
        states, hidden = self(embedded.unsqueeze(1), _layers_first(state))
        after = state.after(hidden.transpose(0, 1), attention=None)
        return Written(states.squeeze(1), after)


class LuongDecoder(nn.Module):
    """A GRU whose states look at the source afterwards, all at once.

    Luong et al. 2015, section 3, eq. 5, without input feeding, which would make it sequential.

    Axes as in :class:`PlainDecoder`; M encoder state, D features.

    Args:
        embedding_dim: E.
        hidden_dim: H.
        memory_dim: M.
        feature_dim: D.
        layers: L.
        dropout: Between layers, share 0 to 1.
    """

    def __init__(
        self,
        embedding_dim: int,
        hidden_dim: int,
        *,
        memory_dim: int,
        feature_dim: int,
        layers: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.recurrence = nn.GRU(
            embedding_dim,
            hidden_dim,
            num_layers=layers,
            dropout=dropout if layers > 1 else 0.0,
            batch_first=True,
        )
        self.attention = MultiplicativeAttention(memory_dim, hidden_dim)
        self.readout = nn.Linear(memory_dim + hidden_dim, feature_dim)
        self.feature_dim = feature_dim

    def remember(self, memory: Tensor) -> tuple[Tensor, ...]:
        """Encoder states (B, S, M) and their keys (B, S, H)."""
        return memory, self.attention.project_keys(memory)

    def write(self, embedded: Tensor, state: DecoderState, mask: Tensor) -> Tensor:
        """As :meth:`PlainDecoder.write`, (N, D)."""
        memory, keys = state.read
        states, _ = self.recurrence(embedded, _layers_first(state))  # (B, T, H)
        weights = self.attention(states, keys, state.mask)  # (B, T, S)
        contexts = weights @ memory  # (B, T, M)
        seen = torch.cat([contexts[mask], states[mask]], dim=1)  # (N, M + H)
        return torch.tanh(self.readout(seen))

    def step(self, embedded: Tensor, state: DecoderState) -> Written:
        """Features after one more word, (R, D)."""
        memory, keys = state.read
        states, hidden = self.recurrence(embedded.unsqueeze(1), _layers_first(state))
        weights = self.attention(states, keys, state.mask)  # (R, 1, S)
        seen = torch.cat([weights @ memory, states], dim=2).squeeze(1)  # (R, M + H)
        after = state.after(hidden.transpose(0, 1), attention=weights.squeeze(1))
        return Written(torch.tanh(self.readout(seen)), after)


class BahdanauDecoder(nn.Module):
    """A GRU that looks at the source before each word and is fed what it saw.

    Bahdanau et al. 2015, appendix A.1.2 and A.2.2, with gates as torch has them and a tanh
    layer over state, context and word in place of the maxout layer. Layers above the first
    read its states, and look at nothing.

    Only the recurrence itself goes step by step. The gates' share of the words is one product
    over all steps; their share of the context is a weighted mean of the encoder states'
    shares, which are one product per sentence.

    Axes as in :class:`LuongDecoder`; A size in which state and keys are compared.

    Args:
        embedding_dim: E.
        hidden_dim: H, and A.
        memory_dim: M.
        feature_dim: D.
        layers: L.
        dropout: Between layers, share 0 to 1.
    """

    def __init__(
        self,
        embedding_dim: int,
        hidden_dim: int,
        *,
        memory_dim: int,
        feature_dim: int,
        layers: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.hidden_dim = hidden_dim
        self.attention = AdditiveAttention(memory_dim, hidden_dim)
        self.word_gates = nn.Linear(embedding_dim, 3 * hidden_dim)
        self.context_gates = nn.Linear(memory_dim, 3 * hidden_dim, bias=False)
        self.state_gates = nn.Linear(hidden_dim, 4 * hidden_dim)  # three gates and the query
        self.upper = (
            nn.GRU(
                hidden_dim,
                hidden_dim,
                num_layers=layers - 1,
                dropout=dropout if layers > 2 else 0.0,
                batch_first=True,
            )
            if layers > 1
            else None
        )
        self.dropout = nn.Dropout(dropout)
        self.readout = nn.Linear(hidden_dim + memory_dim + embedding_dim, feature_dim)
        self.feature_dim = feature_dim
        self._initialise()

    def _initialise(self) -> None:
        """As torch's own GRU: every entry within the root of one over H."""
        bound = self.hidden_dim**-0.5
        for part in (self.word_gates, self.context_gates, self.state_gates):
            for parameter in part.parameters():
                nn.init.uniform_(parameter, -bound, bound)

    def remember(self, memory: Tensor) -> tuple[Tensor, ...]:
        """Encoder states (B, S, M), keys (B, S, A) and their share of the gates (B, S, 3H)."""
        return memory, self.attention.project_keys(memory), self.context_gates(memory)

    def write(self, embedded: Tensor, state: DecoderState, mask: Tensor) -> Tensor:
        """As :meth:`PlainDecoder.write`, (N, D)."""
        memory, keys, gates = state.read
        looks, top = recur(
            self.word_gates(embedded),
            state.written[0][:, 0],
            Source(keys, gates, state.mask),
            self._state_weights(),
        )
        contexts = looks @ memory  # (B, T, M)
        if self.upper is not None:
            top, _ = self.upper(self.dropout(top), _layers_first(state)[1:].contiguous())
        seen = torch.cat([top[mask], contexts[mask], embedded[mask]], dim=1)
        return torch.tanh(self.readout(seen))

    def step(self, embedded: Tensor, state: DecoderState) -> Written:
        """Features after one more word, (R, D)."""
        memory, keys, gates = state.read
        word = self.word_gates(embedded)  # (R, 3H)
        step = go_on(
            word,
            state.written[0][:, 0].to(word.dtype),
            Source(keys, gates, state.mask),
            self._state_weights().to(word.dtype),
        )
        weights, top = step.look, step.after
        context = (weights.unsqueeze(1) @ memory).squeeze(1)  # (R, M)
        hidden = top.unsqueeze(1)  # (R, 1, H)
        if self.upper is not None:
            below = self.dropout(hidden)
            tops, above = self.upper(below, _layers_first(state)[1:].contiguous())
            hidden = torch.cat([hidden, above.transpose(0, 1)], dim=1)  # (R, L, H)
            top = tops.squeeze(1)
        seen = torch.cat([top, context, embedded], dim=1)
        return Written(torch.tanh(self.readout(seen)), state.after(hidden, attention=weights))

    def _state_weights(self) -> StateWeights:
        return StateWeights(
            self.state_gates.weight, self.state_gates.bias, self.attention.energy.weight[0]
        )


Decoder = PlainDecoder | LuongDecoder | BahdanauDecoder


def _layers_first(state: DecoderState) -> Tensor:
    """(L, R, H), as torch's recurrences want what the state keeps as (R, L, H)."""
    return state.written[0].transpose(0, 1).contiguous()
