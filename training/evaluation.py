"""Evaluation: a bundle's answers to the test split, scored, explained and written down."""

from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

import pandas as pd

from configs.data import Problem
from models.classifying import ClassificationPredictor
from models.event_predicting import EventPredictor
from models.language_modelling import LanguagePredictor
from models.networks.bags import BagOfWords
from models.predictors import Predictor, load_predictor
from models.tagging import TaggingPredictor
from models.translating import TranslationPredictor
from storage.errors import InputError
from storage.faults import fault_point
from storage.files import Json, atomic_write
from training.attention_figures import draw_attention
from training.calibration import calibration, draw_reliability
from training.classification_evaluation import (
    confusion,
    evaluate_classification,
    evaluate_events,
)
from training.figures import draw_confusion_matrix, draw_learning_curves
from training.groups import write_groups
from training.history import History
from training.job import TrainingJob
from training.language_evaluation import evaluate_language
from training.language_figures import draw_surprise
from training.model_card import ModelName, write_model_card
from training.provenance import Provenance
from training.report import write_report
from training.scores import Scores
from training.scoring import Evaluated
from training.tag_counting import confused_tags
from training.tagging_evaluation import evaluate_tagging
from training.translation_details import write_sentences
from training.translation_evaluation import evaluate_translation
from training.verdict import summary, verdict

_CURVES, _CONFUSION = "figures/learning_curves.png", "figures/confusion_matrix.png"
_RELIABILITY = "figures/reliability.png"
_ATTENTION, _SURPRISE = "figures/attention.png", "figures/surprise.png"
_MOST_CONFUSED = 20
"""Tags in the confusion matrix of a tagger: those in most mistakes."""


def evaluate(
    bundle: Path,
    tables: Path,
    tokens: Path,
    folder: Path,
    *,
    job: TrainingJob,
    name: ModelName,
    train_folder: Path,
) -> Mapping[str, Json]:
    """Answer the test split once; write scores, answers, pictures, report, card and lineage.

    Args:
        bundle: What is evaluated.
        tables: The split tables; baselines learn from the same training split.
        tokens: Token counts of the tables.
        folder: Where everything goes.
        job: What was trained.
        name: What the card calls the model.
        train_folder: Where the training left its history.

    Returns:
        The headline with its interval, the bars beside it, and the verdict.

    Raises:
        InputError: If the bundle solves another problem than the job.
    """
    history = History.read(train_folder)
    predictor = load_predictor(bundle)  # on the processor, as it is served
    evaluated = _evaluated(predictor, tables, tokens, job=job, validation=_kept(history))
    scores, provenance = evaluated.scores, Provenance.of(tables, tokens)
    _write_table(folder / "predictions.parquet", evaluated.predictions)
    fault_point("evaluate.middle")
    draw_learning_curves(history, folder / _CURVES)
    figures = [_CURVES]
    if scores.problem == "tagging":
        matrix, labels = confused_tags(evaluated.predictions, most=_MOST_CONFUSED)
        draw_confusion_matrix(matrix, labels, folder / _CONFUSION)
        figures.insert(0, _CONFUSION)
    if scores.problem in ("classification", "events"):
        _write_table(folder / "misclassified.parquet", evaluated.mistakes)
        matrix, labels = confusion(evaluated.predictions)
        draw_confusion_matrix(matrix, labels, folder / _CONFUSION)
        answers = evaluated.predictions
        sure, right = answers["probability"].to_numpy(), answers["correct"].to_numpy()
        draw_reliability(calibration(sure, right), folder / _RELIABILITY)
        figures = [_CONFUSION, *figures, _RELIABILITY]
    if evaluated.shown is not None:
        write_sentences(evaluated.shown, folder)
        if isinstance(predictor, TranslationPredictor) and draw_attention(
            predictor, evaluated.shown, folder / _ATTENTION
        ):
            figures.append(_ATTENTION)
    if isinstance(predictor, LanguagePredictor):
        drawn = draw_surprise(predictor, evaluated.predictions["text"], folder / _SURPRISE)
        figures += [_SURPRISE] * drawn
    write_report(folder, evaluated, provenance, figures=figures)
    write_model_card(folder, scores, provenance, job, name=name)
    write_groups(tables, folder)
    sentence = verdict(scores)
    scores.write(folder, verdict=sentence)
    return _facts(scores, sentence)


def _evaluated(
    predictor: Predictor,
    tables: Path,
    tokens: Path,
    *,
    job: TrainingJob,
    validation: Mapping[str, float],
) -> Evaluated:
    match predictor:
        case ClassificationPredictor() if job.problem == "classification":
            return evaluate_classification(
                predictor,
                tables,
                tokens,
                same_bags=isinstance(predictor.network, BagOfWords),
                validation=validation,
            )
        case EventPredictor() if job.problem == "events":
            return evaluate_events(predictor, tables, tokens, validation=validation)
        case TaggingPredictor() if job.problem == "tagging":
            return evaluate_tagging(predictor, tables, text=job.text, validation=validation)
        case LanguagePredictor() if job.problem == "language_modelling":
            return evaluate_language(predictor, tables, tokens, job=job, validation=validation)
        case TranslationPredictor() if job.problem == "translation":
            return evaluate_translation(
                predictor, tables, tokens, job=job, validation=validation
            )
        case _:
            solved = _problem_of(predictor)
            raise InputError(
                f"this bundle solves {solved}, but the experiment is about "
                f"{job.problem}; train it first, or name the bundle of this experiment"
            )


def _problem_of(predictor: Predictor) -> Problem:
    match predictor:
        case ClassificationPredictor():
            return "classification"
        case EventPredictor():
            return "events"
        case TaggingPredictor():
            return "tagging"
        case LanguagePredictor():
            return "language_modelling"
        case TranslationPredictor():
            return "translation"
        case _:
            assert_never(predictor)


def _kept(history: History) -> dict[str, float]:
    """Validation figures of the epoch whose weights were kept."""
    return {
        name.removeprefix("validation/"): value
        for name, value in history.epochs[history.best_epoch - 1].items()
        if name.startswith("validation/")
    }


def _write_table(path: Path, frame: pd.DataFrame) -> None:
    with atomic_write(path) as file:
        frame.to_parquet(file, index=False, compression="zstd")


def _facts(scores: Scores, sentence: str) -> dict[str, Json]:
    return {
        "headline": scores.headline,
        "value": scores.score.value,
        "low": scores.score.low,
        "high": scores.score.high,
        "majority": scores.baseline_score(scores.floor),
        "beats_majority": scores.beats_floor,
        "best_baseline": scores.best_baseline,
        "best_baseline_value": scores.baseline_score(scores.best_baseline),
        "verdict": sentence,
        "summary": summary(scores),
    }
