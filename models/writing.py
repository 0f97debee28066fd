"""A language model that writes on from a prompt, token by token."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from configs.text import TextConfig
from configs.training import LONGEST_OUTPUT, WIDEST_BEAM, DecodingConfig
from models.beam import Beam, beam_search
from models.decoding import Sampling, drawn, permitted
from models.networks.language_models import RecurrentLanguageModel
from models.networks.state import DecoderState
from models.text.characters import join_characters
from models.text.encoding import tokenize
from models.text.vocabulary import BOS_ID, EOS_ID, PAD_ID, UNKNOWN_ID, Vocabulary
from storage.errors import InputError

LONGEST_PROMPT = 100_000
LARGEST_SEED = 2**63 - 1
_NEVER = (PAD_ID, UNKNOWN_ID, BOS_ID, EOS_ID)


@dataclass(frozen=True)
class AskedText:
    """How a text shall go on.

    Attributes:
        max_tokens: How many tokens are written.
        temperature: Scores are divided by it; 0 takes the best token each time.
        top_k: Draw from so many best tokens; None: from all.
        top_p: Draw from the fewest best tokens that are together so likely, 0 to 1.
        beam: Hypotheses kept while the likeliest text is searched; 1 draws instead.
        seed: Same seed, same text, on the same machine.

    Raises:
        InputError: If a number is out of its range, or they do not go together.
    """

    max_tokens: int = 200
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    beam: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.max_tokens <= LONGEST_OUTPUT:
            raise InputError(
                f"a length is from 1 to {LONGEST_OUTPUT:,} tokens, not {self.max_tokens:,}"
            )
        if not 1 <= self.beam <= WIDEST_BEAM:
            raise InputError(f"a beam is from 1 to {WIDEST_BEAM}, not {self.beam}")
        if not 0 <= self.temperature < math.inf:
            raise InputError(
                f"a temperature is a finite number from 0, which takes the best token each "
                f"time, not {self.temperature:g}"
            )
        if not 0 <= self.seed <= LARGEST_SEED:
            raise InputError(f"a seed is from 0 to {LARGEST_SEED:,}, not {self.seed:,}")
        try:
            Sampling(torch.Generator(), self.temperature or 1.0, self.top_k, self.top_p)
        except ValueError as error:
            raise InputError(str(error)) from error

    @classmethod
    def of(cls, decoding: DecodingConfig) -> Self:
        """What a model's own settings ask for."""
        return cls(
            max_tokens=decoding.max_tokens,
            temperature=decoding.temperature,
            top_k=decoding.top_k,
            top_p=decoding.top_p,
            beam=decoding.beam_size,
        )

    def sampling(self) -> Sampling:
        """A fresh source of chance."""
        generator = torch.Generator().manual_seed(self.seed)
        return Sampling(generator, self.temperature, self.top_k, self.top_p)


class Writer:
    """Writes with a network in evaluation mode.

    Args:
        network: Scores what comes next.
        vocabulary: Its tokens.
        text: How text becomes tokens.
    """

    def __init__(
        self, network: RecurrentLanguageModel, vocabulary: Vocabulary, text: TextConfig
    ) -> None:
        self._network = network
        self._vocabulary = vocabulary
        self._text = text

    def unknown(self, text: str) -> list[str]:
        """The different tokens of a text that the network does not know."""
        if self._vocabulary.merges:
            return []  # any text is made of pieces
        words: list[str] = tokenize([text], self._text, written=True).words.to_pylist()
        return [word for word in words if self._vocabulary.id_of(word) == UNKNOWN_ID]

    def known_ids(self, text: str) -> list[int]:
        """The tokens of a text, without unknown ones."""
        tokens = tokenize([text], self._text, written=True)
        ids = self._vocabulary.encode(tokens, max_tokens=LONGEST_PROMPT).ids.tolist()
        return [each for each in ids if each != UNKNOWN_ID]

    def write(self, prompt: str, asked: AskedText) -> Iterator[str]:
        """What follows the prompt, piece by piece as it is written; a beam's at once."""
        known = self.known_ids(prompt)
        whole, told = list(known), len(self.joined(known))
        pieces = [self._searched(known, asked)] if asked.beam > 1 else self._drawn(known, asked)
        for piece in pieces:
            if self._text.tokenizer == "characters":
                yield self.joined(piece)
                continue
            whole += piece  # how a word joins is known from those before it
            text = self.joined(whole)
            yield text[told:]
            told = len(text)

    def joined(self, ids: Sequence[int]) -> str:
        """The text of tokens."""
        words = [self._vocabulary.words[each] for each in ids]
        if self._text.tokenizer == "characters":
            return join_characters(words)
        flat = np.array(ids, np.int32)
        return self._vocabulary.texts(flat, np.array([0, len(flat)], np.int64))[0]

    @torch.inference_mode()
    def _drawn(self, prompt: list[int], asked: AskedText) -> Iterator[list[int]]:
        tokens, state = self._primed(prompt)
        sampling = asked.sampling() if asked.temperature > 0 else None
        for _ in range(asked.max_tokens):
            scores, state = self._network.step(tokens, state)
            scores = permitted(scores, _NEVER)
            if sampling is None:
                tokens = scores.argmax(dim=1)
            else:
                chance = torch.rand(1, generator=sampling.generator).to(scores.device)
                tokens = drawn(scores, chance, sampling)
            yield [int(tokens)]

    @torch.inference_mode()
    def _searched(self, prompt: list[int], asked: AskedText) -> list[int]:
        last, state = self._primed(prompt)

        def step(tokens: Tensor, before: DecoderState) -> tuple[Tensor, DecoderState]:
            # nothing ever writes the begin, so it stands for the prompt's end
            return self._network.step(torch.where(tokens == BOS_ID, last, tokens), before)

        ((best,),) = beam_search(
            step,
            state,
            beam=Beam(asked.beam),
            bos_id=BOS_ID,
            eos_id=EOS_ID,
            max_tokens=asked.max_tokens,
            never=(PAD_ID, UNKNOWN_ID, EOS_ID),
        )
        return best.ids

    def _primed(self, prompt: list[int]) -> tuple[Tensor, DecoderState]:
        """The last token of the prompt, and the state before it."""
        device = self._network.scores.weight.device
        *before, last = [BOS_ID, *prompt]
        state = self._network.start(1)
        if before:
            _, state = self._network(torch.tensor([before], device=device), state)
        return torch.tensor([last], device=device), self._network.writing(state)
