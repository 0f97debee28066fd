"""Unknown words copied from the source, and where a translator looked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.text import TextConfig
from models.asked_decoding import AskedDecoding
from models.bundle import Bundle, load_bundle
from models.decoding import attention_to
from models.text.encoding import tokenize
from models.text.tokenizers import split_words
from models.text.vocabulary import BOS_ID, EOS_ID, UNKNOWN_ID
from models.translating import TranslationPredictor
from storage.errors import InputError
from tests.models.backwards import Backwards
from tests.models.conftest import FRENCH

FILM = FRENCH.id_of("film")


def bundle_of(folder: Path, **decoding: object) -> Bundle:
    bundle = load_bundle(folder)
    changed = bundle.config.decoding.model_copy(update={"max_tokens": 60, **decoding})
    return replace(bundle, config=bundle.config.model_copy(update={"decoding": changed}))


def backwards(folder: Path, word: int, *, endless: bool = False, **decoding: object):
    network = Backwards(word, end=EOS_ID, other=FILM, endless=endless)
    return TranslationPredictor(network, bundle_of(folder, **decoding))  # type: ignore[arg-type]


def test_an_unknown_word_becomes_the_source_word_that_was_looked_at(translator: Path):
    texts = ["Where is Kathmandu", "good", "", "Ouagadougou burns"]
    copying = backwards(translator, UNKNOWN_ID, copy_unknown=True)
    expected = ["kathmandu is where", "good", "", "burns ouagadougou"]
    assert [answer.text for answer in copying.predict(texts)] == expected
    found = copying.n_best(texts, asked=AskedDecoding(beam=3, n_best=2))
    assert [best.text for best, *_ in found] == expected
    assert found[0][1].text == "kathmandu is film"


def test_unknown_words_stay_where_copying_is_off_or_words_are_known(translator: Path):
    silent = backwards(translator, UNKNOWN_ID)
    assert [answer.text for answer in silent.predict(["one two"])] == ["<unk> <unk>"]
    knowing = backwards(translator, FILM, copy_unknown=True)
    assert [answer.text for answer in knowing.predict(["one two"])] == ["film film"]


def test_copied_signs_touch_their_neighbours_as_in_the_source(translator: Path):
    copying = backwards(translator, UNKNOWN_ID, copy_unknown=True)
    texts = ["a b-c", "(x) y", "one , two", "end."]
    assert [answer.text for answer in copying.predict(texts)] == [
        "c-b a",
        "y) x (",
        "two , one",
        ". end",
    ]


def test_a_copy_has_the_score_of_what_was_written(translator: Path):
    texts = ["Where is Kathmandu"]
    (with_copy,) = backwards(translator, UNKNOWN_ID, copy_unknown=True).predict(texts)
    (without,) = backwards(translator, UNKNOWN_ID).predict(texts)
    assert with_copy._replace(text="") == without._replace(text="")


def test_a_network_that_looks_nowhere_copies_nothing(translator: Path):
    bundle = bundle_of(translator, copy_unknown=True)
    torch.nn.init.constant_(bundle.network.scores.bias[UNKNOWN_ID], 99.0)  # type: ignore
    predictor = TranslationPredictor(bundle.network, bundle)  # type: ignore[arg-type]
    assert "<unk>" in predictor.predict(["good film"])[0].text
    with pytest.raises(InputError, match="no attention to look at; train one with"):
        predictor.attend(["good film"])


@settings(max_examples=30)
@given(st.lists(st.text(max_size=12), max_size=4), st.booleans())
def test_marked_words_stand_where_unmarked_ones_do(texts: list[str], lowercase: bool):
    read = split_words(texts, lowercase=lowercase)
    marked = tokenize(texts, TextConfig(lowercase=lowercase), written=True)
    np.testing.assert_array_equal(read.offsets, marked.offsets)


def test_attention_is_of_each_written_word_over_the_words_that_were_read(translator: Path):
    predictor = backwards(translator, FILM)
    long, empty, short = predictor.attend(["good bad film", "", "xyzzy"])
    assert long.source == ["good", "bad", "film"]
    assert long.written == ["film"] * 3
    np.testing.assert_array_equal(long.weights, np.eye(3)[::-1])
    assert (empty.source, empty.written, empty.weights.shape) == ([], [], (0, 0))
    assert (short.source, short.weights.tolist()) == (["<unk>"], [[1.0]])


def test_attention_is_that_of_the_steps_that_wrote_the_words():
    network = Backwards(FILM, end=EOS_ID, other=4)
    state = network.start(torch.zeros(2, 4), torch.tensor([4, 2]))
    weights = attention_to(network.step, state, [[FILM] * 3, [FILM]], bos_id=BOS_ID)
    assert weights is not None
    assert weights.shape == (2, 3, 4)
    assert weights.argmax(dim=2)[0].tolist() == [3, 2, 1]
    assert weights.argmax(dim=2)[1, 0] == 1


def test_the_longest_output_is_asked_for_or_goes_by_the_source(translator: Path):
    def lengths(asked: AskedDecoding, **decoding: object) -> list[int]:
        predictor = backwards(translator, FILM, endless=True, **decoding)
        answers = predictor.predict(["good", "a bad film ."], asked=asked)
        assert {answer.flag for answer in answers} == {"unfinished"}
        return [len(answer.text.split()) for answer in answers]

    assert lengths(AskedDecoding(), max_tokens=7) == [7, 7]
    assert lengths(AskedDecoding(max_tokens=3)) == [3, 3]
    assert lengths(AskedDecoding(max_tokens=30), max_ratio=1.5) == [11, 16]
    assert lengths(AskedDecoding(max_tokens=12, beam=2), max_ratio=1.5) == [11, 12]
