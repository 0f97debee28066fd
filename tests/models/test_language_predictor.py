"""How surprising a text is, in pieces or whole, in one stream or several."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from configs.networks import RecurrentLanguageModelConfig
from configs.text import TextConfig
from configs.training import DecodingConfig
from models import language_modelling
from models.bundle import BundleConfig, write_bundle
from models.language_modelling import LanguagePredictor
from models.networks.build import LanguageModelSizes, build_network
from models.predictors import load_predictor
from models.text.vocabulary import BOS_ID, SPECIALS, Vocabulary

LETTERS = [*"abcdefgh ", "\\n"]
NETWORK = RecurrentLanguageModelConfig(embedding_dim=8, hidden_dim=12, layers=2)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> LanguagePredictor:
    folder: Path = tmp_path_factory.mktemp("bundle")
    torch.manual_seed(0)
    vocabulary = Vocabulary(SPECIALS + tuple(LETTERS))
    network = build_network(NETWORK, LanguageModelSizes(len(vocabulary)))
    config = BundleConfig(
        problem="language_modelling",
        text=TextConfig(tokenizer="characters", lowercase=False, max_tokens=100_000),
        network=NETWORK,
        decoding=DecodingConfig(max_tokens=9),
    )
    write_bundle(folder, network, config=config, vocabularies={"vocabulary": vocabulary})
    found = load_predictor(folder)
    assert isinstance(found, LanguagePredictor)
    return found


def texts(count: int) -> list[str]:
    random = np.random.default_rng(count)
    letters = [letter.replace("\\n", "\n") for letter in LETTERS]
    return ["".join(random.choice(letters, random.integers(1, 90))) for _ in range(count)]


def test_rows_cost_what_the_text_costs_as_a_whole(predictor: LanguagePredictor) -> None:
    rows = texts(40)
    found = predictor.surprise(rows)
    ids = torch.tensor([[BOS_ID, *predictor.known_ids("".join(rows))]])
    network = predictor.network
    with torch.inference_mode():
        logits, _ = network(ids[:, :-1], network.start(1))
        each = F.cross_entropy(logits[0], ids[0, 1:], reduction="none") / math.log(2)
    assert found.each == pytest.approx(each.numpy(), rel=1e-4)
    assert found.bits.sum() == pytest.approx(float(each.sum()), rel=1e-5)
    assert found.tokens.tolist() == [len(row) for row in rows]
    split = np.split(each.numpy(), np.cumsum(found.tokens)[:-1])
    assert found.bits == pytest.approx([part.sum() for part in split], rel=1e-4)


def test_several_streams_cost_nearly_what_one_costs(
    predictor: LanguagePredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = texts(120)
    whole = predictor.surprise(rows)
    monkeypatch.setattr(language_modelling, "STREAM_TOKENS", 1_000)
    monkeypatch.setattr(language_modelling, "PRIMING_TOKENS", 200)
    parts = predictor.surprise(rows)
    assert len(whole.each) > 4_000
    assert parts.each == pytest.approx(whole.each, rel=1e-3)


def test_an_unknown_character_costs_what_unknown_ones_get(predictor: LanguagePredictor) -> None:
    plain, odd = predictor.surprise(["abc"]), predictor.surprise(["aXc"])
    assert plain.each[0] == pytest.approx(odd.each[0])
    assert odd.tokens.tolist() == [3]
    assert odd.each[1] != pytest.approx(plain.each[1])


def test_empty_rows_cost_nothing(predictor: LanguagePredictor) -> None:
    found = predictor.surprise(["", "ab", ""])
    assert found.bits[0] == found.bits[2] == 0
    assert found.tokens.tolist() == [0, 2, 0]


def test_each_prompt_goes_on_by_itself(predictor: LanguagePredictor) -> None:
    prompts = ["ab", "", "aXb"]
    answers = predictor.predict(prompts)
    assert [answer.flag for answer in answers] == ["", "empty", "unknown"]
    assert all(len(answer.text) == 9 for answer in answers)
    assert answers[0].text == answers[2].text == predictor.predict(["ab"])[0].text
