"""Recurrent decoders: without attention, with additive, and with multiplicative attention.

Each gives the features that the next word is scored by, for all steps of a known target at
once or for one step. What can be said of all steps together is computed in one product.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from models.networks.additive_recurrence import Source, StateWeights, go_on, recur
from models.networks.attention import AdditiveAttention, MultiplicativeAttention
from models.networks.readout import Readout
from models.networks.state import DecoderState


@dataclass(frozen=True)
class DecoderSizes:
    """How large a decoder is.

    Attributes:
        embedding: E, a word's vector.
        hidden: H, the state; additive attention compares in this size too.
        memory: M, an encoder state.
        feature: D, what words are scored by; without attention it is H.
        layers: L.
        dropout: Between layers, share 0 to 1.
    """

    embedding: int
    hidden: int
    memory: int
    feature: int
    layers: int
    dropout: float

    def recurrence(self, *, above: int = 0) -> dict[str, Any]:
        """Of torch's GRU of the layers above so many, rows first.

        Dropout stands between layers, so one layer has none.
        """
        layers = self.layers - above
        return {
            "input_size": self.hidden if above else self.embedding,
            "hidden_size": self.hidden,
            "num_layers": layers,
            "dropout": self.dropout if layers > 1 else 0.0,
            "batch_first": True,
        }


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

    Axes: B batch, T target, N real target tokens, R rows; others as in :class:`DecoderSizes`.
    """

    def __init__(self, sizes: DecoderSizes) -> None:
        super().__init__(**sizes.recurrence())
        self.feature_dim = sizes.hidden

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
    Axes as in :class:`PlainDecoder`; S source.
    """

    def __init__(self, sizes: DecoderSizes) -> None:
        super().__init__()
        self.recurrence = nn.GRU(**sizes.recurrence())
        self.attention = MultiplicativeAttention(sizes.memory, sizes.hidden)
        self.readout = Readout(sizes.hidden, sizes.memory, sizes.feature, context_at=0)
        self.feature_dim = sizes.feature

    def remember(self, memory: Tensor) -> tuple[Tensor, ...]:
        """Keys (B, S, H) of encoder states and their share of the readout (B, S, D)."""
        return self.attention.project_keys(memory), self.readout.project_memory(memory)

    def write(self, embedded: Tensor, state: DecoderState, mask: Tensor) -> Tensor:
        """As :meth:`PlainDecoder.write`, (N, D)."""
        keys, shares = state.read
        states, _ = self.recurrence(embedded, _layers_first(state))  # (B, T, H)
        weights = self.attention(states, keys, state.mask)  # (B, T, S)
        return self.readout.features(states[mask], (weights @ shares)[mask])

    def step(self, embedded: Tensor, state: DecoderState) -> Written:
        """Features after one more word, (R, D)."""
        keys, shares = state.read
        states, hidden = self.recurrence(embedded.unsqueeze(1), _layers_first(state))
        weights = self.attention(states, keys, state.mask)  # (R, 1, S)
        features = self.readout.features(states.squeeze(1), (weights @ shares).squeeze(1))
        after = state.after(hidden.transpose(0, 1), attention=weights.squeeze(1))
        return Written(features, after)


class BahdanauDecoder(nn.Module):
    """A GRU that looks at the source before each word and is fed what it saw.

    Bahdanau et al. 2015, appendix A.1.2 and A.2.2, with gates as torch has them and a tanh
    layer over state, context and word in place of the maxout layer. Layers above the first
    read its states, and look at nothing.

    Only the recurrence itself goes step by step. The gates' share of the words is one product
    over all steps; their share of the context is a weighted mean of the encoder states'
    shares, which are one product per sentence.

    Axes as in :class:`LuongDecoder`; A size in which state and keys are compared, here H.
    """

    def __init__(self, sizes: DecoderSizes) -> None:
        super().__init__()
        H = sizes.hidden  # noqa: N806 - an axis
        self.hidden_dim = H
        self.attention = AdditiveAttention(sizes.memory, H)
        self.word_gates = nn.Linear(sizes.embedding, 3 * H)
        self.context_gates = nn.Linear(sizes.memory, 3 * H, bias=False)
        self.state_gates = nn.Linear(H, 4 * H)  # three gates and the query
        self.upper = nn.GRU(**sizes.recurrence(above=1)) if sizes.layers > 1 else None
        self.dropout = nn.Dropout(sizes.dropout)
        self.readout = Readout(H + sizes.embedding, sizes.memory, sizes.feature, context_at=H)
        self.feature_dim = sizes.feature
        self._initialise()

    def _initialise(self) -> None:
        """As torch's own GRU: every entry within the root of one over H."""
        bound = self.hidden_dim**-0.5
        for part in (self.word_gates, self.context_gates, self.state_gates):
            for parameter in part.parameters():
                nn.init.uniform_(parameter, -bound, bound)

    def remember(self, memory: Tensor) -> tuple[Tensor, ...]:
        """Of encoder states the keys (B, S, A), and their shares of gates and readout.

        The shares are (B, S, 3H) and (B, S, D).
        """
        return (
            self.attention.project_keys(memory),
            self.context_gates(memory),
            self.readout.project_memory(memory),
        )

    def write(self, embedded: Tensor, state: DecoderState, mask: Tensor) -> Tensor:
        """As :meth:`PlainDecoder.write`, (N, D)."""
        keys, gates, shares = state.read
        looks, top = recur(
            self.word_gates(embedded),
            state.written[0][:, 0],
            Source(keys, gates, state.mask),
            self._state_weights(),
        )
        if self.upper is not None:
            top, _ = self.upper(self.dropout(top), _layers_first(state)[1:].contiguous())
        known = torch.cat([top[mask], embedded[mask]], dim=1)  # (N, H + E)
        return self.readout.features(known, (looks @ shares)[mask])

    def step(self, embedded: Tensor, state: DecoderState) -> Written:
        """Features after one more word, (R, D)."""
        keys, gates, shares = state.read
        word = self.word_gates(embedded)  # (R, 3H)
        step = go_on(
            word,
            state.written[0][:, 0].to(word.dtype),
            Source(keys, gates, state.mask),
            self._state_weights().to(word.dtype),
        )
        weights, top = step.look, step.after
        hidden = top.unsqueeze(1)  # (R, 1, H)
        if self.upper is not None:
            below = self.dropout(hidden)
            tops, above = self.upper(below, _layers_first(state)[1:].contiguous())
            hidden = torch.cat([hidden, above.transpose(0, 1)], dim=1)  # (R, L, H)
            top = tops.squeeze(1)
        of_context = (weights.unsqueeze(1) @ shares).squeeze(1)  # (R, D)
        features = self.readout.features(torch.cat([top, embedded], dim=1), of_context)
        return Written(features, state.after(hidden, attention=weights))

    def _state_weights(self) -> StateWeights:
        return StateWeights(
            self.state_gates.weight, self.state_gates.bias, self.attention.energy.weight[0]
        )


Decoder = PlainDecoder | LuongDecoder | BahdanauDecoder


def _layers_first(state: DecoderState) -> Tensor:
    """(L, R, H), as torch's recurrences want what the state keeps as (R, L, H)."""
    return state.written[0].transpose(0, 1).contiguous()
