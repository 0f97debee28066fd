"""Writing on from a prompt: what is known primes the state, and settings decide what comes."""

import itertools
import math

import pytest
import torch

from configs.text import TextConfig
from models.networks.language_models import RecurrentLanguageModel
from models.text.vocabulary import BOS_ID, SPECIALS, Vocabulary
from models.writing import AskedText, Writer
from storage.errors import InputError

LETTERS = [*"abcdefgh ", "\\n"]
TEXT = TextConfig(tokenizer="characters", lowercase=False)


@pytest.fixture(scope="module")
def network() -> RecurrentLanguageModel:
    torch.manual_seed(3)
    network = RecurrentLanguageModel(
        len(SPECIALS) + len(LETTERS),
        cell="lstm",
        layers=2,
        embedding_dim=8,
        hidden_dim=16,
        dropout=0.5,
        recurrent_dropout=0.5,
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(4)
    return network.eval()


@pytest.fixture(scope="module")
def writer(network: RecurrentLanguageModel) -> Writer:
    return Writer(network, Vocabulary(SPECIALS + tuple(LETTERS)), TEXT)


def written(writer: Writer, prompt: str, **asked: object) -> str:
    return "".join(writer.write(prompt, AskedText(**asked)))  # type: ignore[arg-type]


def log_probability(
    network: RecurrentLanguageModel, writer: Writer, text: str, *, after: int
) -> float:
    """Of the text's tokens from the place on, among what may be written."""
    ids = torch.tensor([[BOS_ID, *writer.known_ids(text)]])
    with torch.inference_mode():
        logits, _ = network(ids[:, :-1], network.start(1))
        logits[..., : len(SPECIALS)] = float("-inf")
        chances = logits[0].log_softmax(dim=1)
        return float(chances.gather(1, ids[0, 1:].unsqueeze(1))[after:].sum())


def test_without_temperature_each_token_is_the_best_one(
    network: RecurrentLanguageModel, writer: Writer
) -> None:
    text = "abc"
    for _ in range(12):
        options = [letter.replace("\\n", "\n") for letter in LETTERS]
        text += max(
            options,
            key=lambda one: log_probability(network, writer, text + one, after=len(text)),
        )
    assert written(writer, "abc", max_tokens=12, temperature=0.0) == text[3:]


def test_the_same_seed_writes_the_same_and_another_seed_does_not(writer: Writer) -> None:
    texts = [written(writer, "ab", max_tokens=60, seed=seed) for seed in (7, 7, 8)]
    assert texts[0] == texts[1] != texts[2]
    assert len(texts[0]) == 60


def test_a_prompt_decides_what_follows(writer: Writer) -> None:
    first, second = (
        written(writer, prompt, max_tokens=20, temperature=0.0) for prompt in ("ab", "hg\n")
    )
    assert first != second


def test_unknown_characters_are_named_and_skipped(writer: Writer) -> None:
    assert sorted(writer.unknown("aXbYX")) == ["X", "Y"]
    assert writer.unknown("ab\n") == []
    asked = {"max_tokens": 15, "temperature": 0.0}
    assert written(writer, "aXbY", **asked) == written(writer, "ab", **asked)


def test_one_token_alone_is_what_top_k_and_top_p_leave(writer: Writer) -> None:
    best = written(writer, "a", max_tokens=20, temperature=0.0)
    assert written(writer, "a", max_tokens=20, top_k=1) == best
    assert written(writer, "a", max_tokens=20, top_p=1e-9) == best


def test_a_wide_beam_finds_the_likeliest_text(
    network: RecurrentLanguageModel, writer: Writer
) -> None:
    options = [letter.replace("\\n", "\n") for letter in LETTERS]
    best = max(
        ("".join(each) for each in itertools.product(options, repeat=3)),
        key=lambda text: log_probability(network, writer, "ab" + text, after=2),
    )
    assert written(writer, "ab", max_tokens=3, beam=64) == best
    assert written(writer, "", max_tokens=2, beam=64)  # from nothing too


def test_chances_are_those_of_the_network(
    network: RecurrentLanguageModel, writer: Writer
) -> None:
    counts = {}
    for seed in range(400):
        text = written(writer, "ab", max_tokens=1, seed=seed)
        counts[text] = counts.get(text, 0) + 1
    for text, count in counts.items():
        share = math.exp(log_probability(network, writer, "ab" + text, after=2))
        assert count / 400 == pytest.approx(share, abs=4 * math.sqrt(share / 400) + 0.01)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"max_tokens": 0}, "length is from 1"),
        ({"temperature": -1.0}, "temperature is a finite number from 0"),
        ({"top_p": 0.0}, "top_p is above 0"),
        ({"top_k": 0}, "top_k is at least 1"),
        ({"beam": 0}, "beam is from 1"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        AskedText(**asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("beam", [1, 3])
def test_words_are_joined_to_the_prompt_as_in_a_text(beam: int) -> None:
    torch.manual_seed(1)
    words = Vocabulary((*SPECIALS, "the", "cat", "sat", "\uffed.", "\uffed,"))
    network = RecurrentLanguageModel(
        len(words),
        cell="gru",
        layers=1,
        embedding_dim=4,
        hidden_dim=4,
        dropout=0.0,
        recurrent_dropout=0.0,
    ).eval()
    by_words = Writer(network, words, TextConfig(tokenizer="words"))
    text = written(by_words, "The cat", max_tokens=30, beam=beam)
    assert len((text + " ").replace(".", " .").replace(",", " ,").split()) == 30
    assert text[0] in " .,"
    assert "  " not in text
    assert " ." not in text
    assert by_words.unknown("The dog sat.") == ["dog"]
