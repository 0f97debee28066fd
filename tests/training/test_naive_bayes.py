"""What a classifier takes from the training rows before its first step."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from configs.networks import RecurrentClassifierConfig
from models.networks.classifiers import RecurrentClassifier
from models.networks.naive_bayes import log_count_ratios
from tests.training.small_jobs import classification_job
from training.problems.classification import Classification


def started(tokens: Path, **network: object) -> RecurrentClassifier:
    torch.manual_seed(0)
    job = classification_job()
    settings = job.network.model_dump() | network
    job = replace(job, network=RecurrentClassifierConfig.model_validate(settings))
    problem = Classification(tokens, job)
    built = problem.build_network()
    problem.start(built)
    assert isinstance(built, RecurrentClassifier)
    return built


def texts_of(split: Path) -> list[tuple[torch.Tensor, int]]:
    ids, offsets, labels = (
        np.load(split / f"{name}.npy") for name in ("ids", "offsets", "labels")
    )
    return [
        (torch.from_numpy(ids[offsets[row] : offsets[row + 1]].astype(np.int64)), int(label))
        for row, label in enumerate(labels)
    ]


def test_ngrams_start_from_how_often_they_stand_in_each_class(classification_tokens: Path):
    ngrams = started(classification_tokens).ngrams
    assert ngrams is not None
    counts = torch.zeros(ngrams.buckets, 2)
    for text, label in texts_of(classification_tokens / "train"):
        for bucket in ngrams.hashed(text.unsqueeze(0), torch.tensor([len(text)]))[0]:
            counts[bucket, label] += 1
    expected = log_count_ratios(counts).float()
    assert expected.abs().sum() > 0
    torch.testing.assert_close(ngrams.weight.detach(), expected)


def test_word_vectors_start_from_how_often_words_stand_in_each_class(
    classification_tokens: Path,
):
    vectors = started(classification_tokens).encoder.embedding.weight.detach()
    counts = torch.zeros(len(vectors), 2)
    for text, label in texts_of(classification_tokens / "train"):
        for word in text:
            counts[word, label] += 1
    torch.testing.assert_close(vectors[:, :2], log_count_ratios(counts).float())
    assert vectors[:, 2:].std().item() == pytest.approx(0.1, rel=0.3)  # as chance left them


def test_more_classes_than_channels_fill_the_channels_there_are(classification_tokens: Path):
    vectors = started(classification_tokens, embedding_dim=1).encoder.embedding.weight
    whole = started(classification_tokens).encoder.embedding.weight
    torch.testing.assert_close(vectors, whole[:, :1])


def test_left_to_chance_ngrams_start_silent(classification_tokens: Path):
    ngrams = started(classification_tokens, start="chance").ngrams
    assert ngrams is not None
    assert ngrams.weight.abs().sum() == 0


def test_nothing_is_taken_from_validation_and_test(classification_tokens: Path, tmp_path: Path):
    other = shutil.copytree(classification_tokens, tmp_path / "tokens")
    for split in ("validation", "test"):
        labels = np.load(other / split / "labels.npy")
        np.save(other / split / "labels.npy", 1 - labels)
    before = started(classification_tokens).state_dict()
    after = started(other).state_dict()
    for name, weight in before.items():
        torch.testing.assert_close(weight, after[name])
