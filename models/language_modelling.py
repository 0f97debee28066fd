"""Running text in: how surprising it is, or how it may go on."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from models.answers import Flag, TextAnswer
from models.bundle import Bundle
from models.networks.language_models import RecurrentLanguageModel
from models.text.encoding import encode_texts
from models.text.lengths import written_lengths
from models.text.tokenizers import TextColumn, as_text_column
from models.text.vocabulary import BOS_ID
from models.writing import AskedText, Writer
from storage import progress

STREAM_TOKENS = 50_000
"""Longer texts are read in several streams at once."""
PRIMING_TOKENS = 1_000
"""What a stream that begins inside a text reads before it, unscored."""
_CHUNK = 500
_LONGEST = 10_000_000


class Surprise(NamedTuple):
    """What texts cost that follow one another.

    Attributes:
        bits: (rows,) float64, minus the log-probability of each text, base 2, the spelling of
            unknown words included.
        spelling: (rows,) int64, the part of it that is spelling.
        characters: (rows,) int64, of each text as its tokens write it.
        tokens: (rows,) int64, what was predicted of each.
        each: (tokens,) float64, the bits of every token, without spelling.
    """

    bits: NDArray[np.float64]
    spelling: NDArray[np.int64]
    characters: NDArray[np.int64]
    tokens: NDArray[np.int64]
    each: NDArray[np.float64]


class LanguagePredictor:
    """Reads a text in its order, and writes on from one."""

    def __init__(self, network: RecurrentLanguageModel, bundle: Bundle) -> None:
        self._network = network
        self._vocabulary = bundle.vocabularies["vocabulary"]
        self._text = bundle.config.text
        self.own_settings = AskedText.of(bundle.config.decoding)
        self._writer = Writer(network, self._vocabulary, self._text)

    @property
    def network(self) -> RecurrentLanguageModel:
        """What reads and writes, in evaluation mode."""
        return self._network

    @property
    def tokenizer(self) -> str:
        """What the text is cut into."""
        return self._text.tokenizer

    def known_ids(self, text: str) -> list[int]:
        """The tokens of a text, without unknown ones."""
        return self._writer.known_ids(text)

    def unknown(self, text: str) -> list[str]:
        """The different tokens of a text that the network does not know; it skips them."""
        return self._writer.unknown(text)

    def write(self, prompt: str, asked: AskedText) -> Iterator[str]:
        """What follows the prompt, piece by piece as it is written; a beam's at once."""
        return self._writer.write(prompt, asked)

    def predict(self, texts: TextColumn, *, asked: AskedText | None = None) -> list[TextAnswer]:
        """One continuation a text, in the order of the texts, each with the same chances.

        Raises:
            InputError: If something else than text is among them.
        """
        prompts: list[str] = as_text_column(texts).to_pylist()
        asked = asked or self.own_settings
        return [
            TextAnswer("".join(self.write(prompt, asked)), self._flag(prompt))
            for prompt in prompts
        ]

    @torch.inference_mode()
    def surprise(self, texts: TextColumn) -> Surprise:
        """How surprising texts are, read one after the other with the state carried along.

        An unknown token costs what the network gives to unknown ones, and its spelling; see
        :class:`models.text.lengths.WrittenLengths`.

        Raises:
            InputError: If something else than text is among them.
        """
        whole = self._text.model_copy(update={"max_tokens": _LONGEST})
        encoded = encode_texts(texts, whole, vocabulary=self._vocabulary, written=True)
        encoded = encoded.without_empty()
        lengths = written_lengths(texts, encoded, whole, vocabulary=self._vocabulary)
        each = self._bits(encoded.ids.astype(np.int64))
        until = np.concatenate([[0.0], np.cumsum(each)])
        bits: NDArray[np.float64] = np.diff(until[encoded.offsets]) + lengths.spelling
        return Surprise(
            bits, lengths.spelling, lengths.characters, np.diff(encoded.offsets), each
        )

    def _bits(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """(N,) bits of each token of one text."""
        streams = max(1, len(ids) // STREAM_TOKENS)
        length = -(-len(ids) // streams)
        firsts = length * np.arange(streams)
        device = self._network.scores.weight.device
        state = self._network.start(streams)
        if streams > 1:
            before = ids[firsts[1:, None] + np.arange(-PRIMING_TOKENS, 0) - 1]
            cold = self._network.start(streams - 1)
            _, primed = self._network(torch.from_numpy(before).to(device), cold)
            state = tuple(
                torch.cat([first[:1], warm]) for first, warm in zip(state, primed, strict=True)
            )
        found = np.zeros(streams * length)
        padded = np.concatenate([[BOS_ID], ids, np.zeros(streams, np.int64)])
        for done in range(0, length, _CHUNK):
            places = firsts[:, None] + np.arange(done, min(done + _CHUNK, length))
            inputs, targets = (
                torch.from_numpy(padded[places + later]).to(device) for later in (0, 1)
            )
            logits, state = self._network(inputs, state)
            losses = F.cross_entropy(
                logits.flatten(0, 1).double(), targets.flatten(), reduction="none"
            )
            found[places] = losses.view(places.shape).cpu().numpy() / np.log(2)
            progress.advanced("evaluate", int(places.max()) + 1, len(ids), "tokens read")
        return found[: len(ids)]

    def _flag(self, prompt: str) -> Flag:
        if self.unknown(prompt):
            return "unknown"
        return "" if prompt else "empty"
