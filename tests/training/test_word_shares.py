"""Words left out in turn: their shares are what the network says without them."""

from pathlib import Path

import numpy as np
import pytest

from models.classifying import ClassificationPredictor
from models.predictors import load_predictor
from storage.errors import InputError
from tests.tracking.bundles import tiny_classifier
from training.layer_outputs import outputs_by_layer, shown_words
from training.word_shares import word_shares

TEXT = "a good film , a good plot"


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> ClassificationPredictor:
    folder: Path = tmp_path_factory.mktemp("bundle")
    tiny_classifier(folder, labels=("bad", "good"))
    predictor = load_predictor(folder)
    assert isinstance(predictor, ClassificationPredictor)
    return predictor


def test_a_share_is_the_fall_of_the_chance_without_the_word(
    predictor: ClassificationPredictor,
) -> None:
    shares = word_shares(predictor, TEXT)
    known = [word for word in ("good", "film", "plot", "a") if word in shares.words]
    assert known
    whole = predictor.predict_columns([TEXT]).probabilities[0]
    for word in known:
        left = " ".join(each for each in TEXT.split() if each != word)
        without = predictor.predict_columns([left]).probabilities[0]
        expected = np.log(whole) - np.log(without)
        found = shares.shares[shares.words.index(word)]
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_strongest_come_first_on_their_side(predictor: ClassificationPredictor) -> None:
    shares = word_shares(predictor, TEXT)
    for words in shares.strongest(3).values():
        assert all(share > 0 for _, share in words["for"])
        assert all(share < 0 for _, share in words["against"])
        assert [share for _, share in words["for"]] == sorted(
            (share for _, share in words["for"]), reverse=True
        )


@pytest.mark.parametrize("text", ["", "good", "good good"])
def test_one_word_by_itself_has_no_share(predictor: ClassificationPredictor, text: str) -> None:
    with pytest.raises(InputError, match="takes two"):
        word_shares(predictor, text)


def test_layers_give_what_they_gave_while_the_text_was_answered(
    predictor: ClassificationPredictor,
) -> None:
    outputs = outputs_by_layer(predictor, TEXT)
    assert len(outputs["encoder"]) == len(shown_words(predictor, TEXT)) == 7
    scores = outputs["scores"]
    chances = np.exp(scores) / np.exp(scores).sum()
    expected = predictor.predict_columns([TEXT]).probabilities[0]
    np.testing.assert_allclose(chances, expected, atol=1e-5)
    assert not any(module._forward_hooks for module in predictor.network.modules())
