"""Texts in, translations out."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from configs.training import DecodingConfig
from models.answers import Attention, TranslationAnswer, flags_of
from models.asked_decoding import OWN_SETTINGS, AskedDecoding
from models.batches import BATCH_TOKENS, PaddedIds, pad, rows_by_length
from models.beam import Beam, beam_search
from models.bundle import Bundle
from models.copying import copied
from models.decoding import Hypothesis, attention_to, greedy
from models.networks.build import Seq2SeqNetwork
from models.networks.decoders import PlainDecoder
from models.networks.state import DecoderState
from models.text.encoded import EncodedColumn
from models.text.encoding import encode_texts, tokenize
from models.text.tokenizers import TextColumn, TokenColumn, join_words
from models.text.vocabulary import BOS_ID, EOS_ID, PAD_ID
from storage.errors import InputError

_MOST_SCORES = 2**25
"""Most scores of one step of decoding: 134 MB in single precision."""
_SPARE_TOKENS = 10
"""Allowed by `max_ratio` however short the source is."""
_NOTHING = Hypothesis([], 0.0, finished=True)


class TranslationPredictor:
    """Translates each text; a text without words has an empty translation."""

    def __init__(self, network: Seq2SeqNetwork, bundle: Bundle) -> None:
        self._network = network
        self._source = bundle.vocabularies["source_vocabulary"]
        self._target = bundle.vocabularies["target_vocabulary"]
        self._text = bundle.config.text
        self._decoding = bundle.config.decoding

    @property
    def network(self) -> Seq2SeqNetwork:
        """What translates, in evaluation mode."""
        return self._network

    @property
    def has_attention(self) -> bool:
        """Whether the network looks back at the source."""
        return not isinstance(self._network.decoder, PlainDecoder)

    def predict(
        self,
        texts: TextColumn,
        *,
        batch_tokens: int = BATCH_TOKENS,
        asked: AskedDecoding = OWN_SETTINGS,
    ) -> list[TranslationAnswer]:
        """One translation a text, in the order of the texts, whatever the batches.

        Raises:
            InputError: If something else than text is among them, or what is asked of
                decoding does not go together.
        """
        return [best for best, *_ in self.n_best(texts, batch_tokens=batch_tokens, asked=asked)]

    @torch.inference_mode()
    def n_best(
        self,
        texts: TextColumn,
        *,
        batch_tokens: int = BATCH_TOKENS,
        asked: AskedDecoding = OWN_SETTINGS,
    ) -> list[list[TranslationAnswer]]:
        """The best translations of each text, best first: one to `asked.n_best` of them.

        Otherwise as :meth:`predict`.
        """
        decoding = asked.over(self._decoding)
        encoded = encode_texts(texts, self._text, vocabulary=self._source)
        sources = self._copied_from(texts, decoding)
        found = [[_NOTHING]] * len(encoded)
        for rows, batch in self._batches(encoded, decoding, batch_tokens=batch_tokens):
            state = self._start(batch)
            written = self._written(state, batch, decoding, n_best=asked.n_best)
            if sources is not None:
                written = copied(
                    self._network.step,
                    state,
                    written,
                    sources,
                    rows=rows,
                    first_id=len(self._target),
                )
            for row, hypotheses in zip(rows.tolist(), written, strict=True):
                found[row] = hypotheses
        written_texts = iter(self._texts_of(list(chain.from_iterable(found)), sources))
        return [
            [
                TranslationAnswer(
                    text=next(written_texts),
                    score=one.score,
                    flag=flag or ("" if one.finished else "unfinished"),
                    normalised=one.normalised(decoding.length_penalty),
                )
                for one in hypotheses
            ]
            for hypotheses, flag in zip(found, flags_of(encoded), strict=True)
        ]

    @torch.inference_mode()
    def attend(self, texts: TextColumn) -> list[Attention]:
        """Where the network looks while it takes the best word at each step; for few texts.

        Raises:
            InputError: If the network has no attention.
        """
        decoding = self._decoding.model_copy(update={"beam_size": 1})
        encoded = encode_texts(texts, self._text, vocabulary=self._source)
        found = [Attention([], [], np.zeros((0, 0), np.float32))] * len(encoded)
        for rows, batch in self._batches(encoded, decoding, batch_tokens=BATCH_TOKENS):
            state = self._start(batch)
            ids = [one.ids for one, *_ in self._written(state, batch, decoding, n_best=1)]
            weights = attention_to(self._network.step, state, ids, bos_id=BOS_ID)
            if weights is None:
                raise InputError(
                    "this translator has no attention to look at; train one with "
                    "--set network.attention=bahdanau"
                )
            for row, words, looked in zip(rows.tolist(), ids, weights, strict=True):
                source = self._source.shown(
                    encoded.ids[encoded.offsets[row] : encoded.offsets[row + 1]]
                )
                found[row] = Attention(
                    source,
                    self._target.shown(words),
                    looked[: len(words), : len(source)].float().cpu().numpy(),
                )
        return found

    def _batches(
        self, encoded: EncodedColumn, decoding: DecodingConfig, *, batch_tokens: int
    ) -> Iterator[tuple[NDArray[np.int64], PaddedIds]]:
        """Texts that have words, fewer at once where each one takes more hypotheses."""
        beam = decoding.beam_size
        worded = np.flatnonzero(encoded.tokens)
        for places in rows_by_length(
            np.diff(encoded.offsets)[worded],
            batch_tokens=max(batch_tokens // beam, 1),
            most_rows=max(_MOST_SCORES // (len(self._target) * beam), 1),
        ):
            rows = worded[places]
            yield rows, pad(encoded.ids, encoded.offsets, rows=rows)

    def _start(self, batch: PaddedIds) -> DecoderState:
        device = next(self._network.parameters()).device
        return self._network.start(batch.ids.to(device), batch.lengths)

    def _written(
        self, state: DecoderState, batch: PaddedIds, decoding: DecodingConfig, *, n_best: int
    ) -> list[list[Hypothesis]]:
        limits = torch.full_like(batch.lengths, decoding.max_tokens)
        if decoding.max_ratio is not None:
            by_source = (batch.lengths * decoding.max_ratio).long() + _SPARE_TOKENS
            limits = limits.minimum(by_source)
        step, never = self._network.step, (PAD_ID, BOS_ID)
        if decoding.beam_size == 1:
            best = greedy(
                step, state, bos_id=BOS_ID, eos_id=EOS_ID, max_tokens=limits, never=never
            )
            return [[one] for one in best]
        return beam_search(
            step,
            state,
            beam=Beam(decoding.beam_size, decoding.length_penalty, n_best),
            bos_id=BOS_ID,
            eos_id=EOS_ID,
            max_tokens=limits,
            never=never,
        )

    def _copied_from(self, texts: TextColumn, decoding: DecodingConfig) -> TokenColumn | None:
        """The words that may be copied, marked as written ones are; None where none are."""
        if not decoding.copy_unknown or self._text.tokenizer != "words":
            return None
        return tokenize(texts, self._text, written=True)

    def _texts_of(self, hypotheses: list[Hypothesis], sources: TokenColumn | None) -> list[str]:
        """Their words joined; ids behind the vocabulary's are words of the sources."""
        offsets = np.cumsum([0, *(len(one.ids) for one in hypotheses)], dtype=np.int64)
        ids = np.fromiter(chain.from_iterable(one.ids for one in hypotheses), np.int32)
        if sources is None:
            return self._target.texts(ids, offsets)
        tokens = self._target.decode(ids, offsets)
        words = pa.concat_arrays([tokens.words, sources.words])
        return join_words(replace(tokens, words=words))
