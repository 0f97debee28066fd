import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from models.asked_decoding import AskedDecoding
from models.bundle import load_bundle
from models.classifying import ClassificationPredictor
from models.event_predicting import EventPredictor
from models.language_modelling import LanguagePredictor
from models.networks.seq2seq import GRUEncoderDecoder
from models.predictors import load_predictor
from models.tagging import TaggingPredictor
from models.text.tokenizers import JOINER
from models.text.vocabulary import BOS_ID, EOS_ID, PAD_ID
from models.translating import TranslationPredictor
from storage.errors import InputError
from storage.files import read_json

HOUSES = Path(__file__).parent.parent.parent
FIXTURES = HOUSES / "tests" / "fixtures"
TEXTS = [
    "a good film.",
    "",
    "bad",
    "xyzzy plugh",
    "not " * 10_000,
    "👍🏽 好 مرحبا",
    "a\ud800",
    "not a bad film",
    "  \t\n",
]
LABELS = ("negative", "neutral", "positive")
FLAGS = ["", "empty", "", "unknown", "truncated", "unknown", "", "", "empty"]

WITHOUT_OTHER_PACKAGES = """
import sys

class Absent:
    def find_spec(self, name, *rest):
        if name in ("pandas", "yaml", "sklearn", "mlflow", "prefect", "tokenizers", "scipy"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture
def classify(classifier: Path) -> ClassificationPredictor:
    predictor = load_predictor(classifier)
    assert isinstance(predictor, ClassificationPredictor)
    return predictor


@pytest.fixture
def translate(translator: Path) -> TranslationPredictor:
    predictor = load_predictor(translator)
    assert isinstance(predictor, TranslationPredictor)
    return predictor


def test_every_text_has_a_label_and_probabilities_that_sum_to_one(
    classify: ClassificationPredictor,
):
    answers = classify.predict(TEXTS)
    assert [answer.flag for answer in answers] == FLAGS
    for answer in answers:
        assert sum(answer.probabilities) == pytest.approx(1, abs=1e-6)
        assert answer.probability == max(answer.probabilities)
        best = answer.probabilities.index(answer.probability)
        assert answer.label == classify.labels[best]


def test_a_text_without_words_is_answered_as_one_unknown_word(
    classify: ClassificationPredictor,
):
    empty, unknown = classify.predict(["", "xyzzy"])
    assert empty.probabilities == pytest.approx(unknown.probabilities, abs=1e-6)


def test_a_cut_text_is_answered_as_its_beginning(classify: ClassificationPredictor):
    long, beginning = classify.predict(["not " * 50, "not " * 12])
    assert (long.flag, beginning.flag) == ("truncated", "")
    assert long.probabilities == pytest.approx(beginning.probabilities, abs=1e-6)


@pytest.mark.parametrize("batch_tokens", [1, 7, 24, 10_000])
@pytest.mark.parametrize("seed", range(3))
def test_a_classification_does_not_depend_on_its_company(
    classify: ClassificationPredictor, batch_tokens: int, seed: int
):
    order = np.random.default_rng(seed).permutation(len(TEXTS)).tolist()
    answers = classify.predict([TEXTS[i] for i in order], batch_tokens=batch_tokens)
    for i, answer in zip(order, answers, strict=True):
        (alone,) = classify.predict([TEXTS[i]])
        assert (answer.label, answer.flag) == (alone.label, alone.flag)
        np.testing.assert_allclose(answer.probabilities, alone.probabilities, rtol=0, atol=1e-6)


@pytest.mark.parametrize("batch_tokens", [1, 7, 24, 10_000])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("asked", [AskedDecoding(), AskedDecoding(beam=3, n_best=2)])
def test_a_translation_does_not_depend_on_its_company(
    translate: TranslationPredictor, batch_tokens: int, seed: int, asked: AskedDecoding
):
    order = np.random.default_rng(seed).permutation(len(TEXTS)).tolist()
    answers = translate.n_best(
        [TEXTS[i] for i in order], batch_tokens=batch_tokens, asked=asked
    )
    for i, found in zip(order, answers, strict=True):
        (alone,) = translate.n_best([TEXTS[i]], asked=asked)
        assert [(one.text, one.flag) for one in found] == [(o.text, o.flag) for o in alone]
        for one, other in zip(found, alone, strict=True):
            assert one.score == pytest.approx(other.score, abs=1e-5)


def test_columns_hold_the_same_answers(classify: ClassificationPredictor):
    answers, columns = classify.predict(TEXTS), classify.predict_columns(TEXTS)
    assert [classify.labels[place] for place in columns.classes] == [a.label for a in answers]
    assert columns.probabilities.tolist() == [list(a.probabilities) for a in answers]
    assert columns.flags == [answer.flag for answer in answers]


def test_a_text_without_words_has_an_empty_translation(translate: TranslationPredictor):
    for answer in translate.predict(["", " \u00a0 "]):
        assert answer == ("", 0.0, "empty", 0.0)


def test_a_translation_without_end_says_so(translate: TranslationPredictor):
    with torch.no_grad():
        translate._network.scores.bias[EOS_ID] = -100  # a network that never ends by itself
    for answer in translate.predict(["good", "bad film", "not a film ."]):
        assert answer.flag == "unfinished"
        assert len(answer.text) > 0
        assert answer.score < 0


def test_translations_hold_neither_marks_nor_sentence_ends(translate: TranslationPredictor):
    for answer in translate.predict(TEXTS):
        assert not {"<pad>", "<s>", "</s>"} & set(answer.text.split())
        assert JOINER not in answer.text


def test_padding_is_never_written(translator: Path):
    bundle = load_bundle(translator)
    assert isinstance(bundle.network, GRUEncoderDecoder)
    before = TranslationPredictor(bundle.network, bundle).predict(TEXTS)
    for special in (PAD_ID, BOS_ID):
        torch.nn.init.constant_(bundle.network.scores.bias[special], 99.0)
    after = TranslationPredictor(bundle.network, bundle).predict(TEXTS)
    for one, other in zip(before, after, strict=True):
        assert one.text == other.text
        assert one.score == pytest.approx(other.score, abs=1e-4)


def test_a_wider_beam_finds_likelier_translations_best_first(translate: TranslationPredictor):
    texts = ["good", "a bad film .", "not"]
    narrow = translate.predict(texts)
    wide = translate.n_best(texts, asked=AskedDecoding(beam=8, n_best=4))
    assert translate.predict(texts, asked=AskedDecoding(beam=8)) == [one for one, *_ in wide]
    for answers, greedily in zip(wide, narrow, strict=True):
        assert len(answers) == 4
        assert len({answer.text for answer in answers}) > 1
        ended = [answer.normalised for answer in answers if not answer.flag]
        assert ended == sorted(ended, reverse=True)
        assert answers[0].normalised >= greedily.normalised - 1e-6 or greedily.flag


def test_no_texts_have_no_answers(
    classify: ClassificationPredictor, translate: TranslationPredictor
):
    assert classify.predict([]) == []
    assert translate.predict([]) == []


def test_a_pandas_column_is_answered_as_a_list(classify: ClassificationPredictor):
    texts = ["a good film.", "bad"]
    assert classify.predict(pd.Series(texts)) == classify.predict(texts)


def test_what_is_no_text_is_refused(classify: ClassificationPredictor):
    with pytest.raises(InputError, match="one string a row"):
        classify.predict([1, 2])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (1, "classification"),
        (1, "translation"),
        (2, "translation"),
        (3, "tagging"),
        (4, "language_modelling"),
        (5, "events"),
    ],
)
def test_bundles_of_every_format_answer_as_they_did(number: int, problem: str):
    fixture = FIXTURES / f"bundle_format_{number}"
    predictor = load_predictor(fixture / problem)
    known = read_json(fixture / "known.json")
    assert isinstance(known, dict)
    if isinstance(predictor, ClassificationPredictor | EventPredictor):
        found = [answer.probabilities for answer in predictor.predict(known[problem]["texts"])]
        np.testing.assert_allclose(found, known[problem]["answers"], rtol=0, atol=1e-5)
    elif isinstance(predictor, TaggingPredictor):
        tags = [" ".join(answer.tags) for answer in predictor.predict(known[problem]["texts"])]
        assert tags == known[problem]["answers"]
    elif isinstance(predictor, LanguagePredictor):
        surprise = predictor.surprise(known[problem]["texts"])
        found = surprise.bits - surprise.spelling
        np.testing.assert_allclose(found, known[problem]["answers"], rtol=1e-4)
    else:
        answers = predictor.predict(known[problem]["texts"])
        assert [answer.text for answer in answers] == known[problem]["answers"]


def test_three_houses_and_few_packages_are_all_that_serving_needs(
    classifier: Path, tmp_path: Path
):
    for house in ("models", "configs", "storage"):
        shutil.copytree(HOUSES / house, tmp_path / "code" / house)
    code = WITHOUT_OTHER_PACKAGES + (
        f"sys.path.insert(0, {str(tmp_path / 'code')!r})\n"
        "from pathlib import Path\n"
        "from models import predictors\n"
        f"assert predictors.__file__.startswith({str(tmp_path)!r}), predictors.__file__\n"
        f"answers = predictors.load_predictor(Path({str(classifier)!r})).predict(['good'])\n"
        "print(answers[0].label, 'torch._dynamo' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    label, slow_import = done.stdout.split() or ("", done.stderr)
    assert label in LABELS, slow_import
    assert slow_import == "False"  # seconds at every start


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no accelerator")
def test_an_accelerator_gives_the_processors_answers(classifier: Path, translator: Path):
    for folder in (classifier, translator):
        here, there = load_predictor(folder), load_predictor(folder, "cuda")
        for one, other in zip(here.predict(TEXTS), there.predict(TEXTS), strict=True):
            assert one[0] == other[0]
        if isinstance(here, TranslationPredictor) and isinstance(there, TranslationPredictor):
            asked = AskedDecoding(beam=4, n_best=3)
            found = [each.n_best(TEXTS, asked=asked) for each in (here, there)]
            texts = [[[one.text for one in best] for best in side] for side in found]
            assert texts[0] == texts[1]
