"""What a classifier takes from the training rows before its first step."""

import shutil
from pathlib import Path

import numpy as np
import torch

from models.networks.classifiers import RecurrentClassifier
from tests.training.small_jobs import classification_job
from training.problems.classification import Classification


def started(tokens: Path) -> RecurrentClassifier:
    torch.manual_seed(0)
    problem = Classification(tokens, classification_job())
    network = problem.build_network()
    problem.start(network)
    assert isinstance(network, RecurrentClassifier)
    return network


def test_ngrams_start_from_how_often_they_stand_in_each_class(classification_tokens: Path):
    network = started(classification_tokens)
    ngrams = network.ngrams
    assert ngrams is not None
    split = classification_tokens / "train"
    ids, offsets, labels = (
        np.load(split / f"{name}.npy") for name in ("ids", "offsets", "labels")
    )
    counts = torch.zeros(ngrams.buckets, 2)
    for row, label in enumerate(labels):
        text = torch.from_numpy(ids[offsets[row] : offsets[row + 1]].astype(np.int64))
        for bucket in ngrams.hashed(text.unsqueeze(0), torch.tensor([len(text)]))[0]:
            counts[bucket, label] += 1
    expected = torch.clone(ngrams.weight)
    ngrams.start_from(counts)
    torch.testing.assert_close(ngrams.weight, expected)
    assert expected.abs().sum() > 0


def test_ngrams_learn_nothing_from_validation_and_test(
    classification_tokens: Path, tmp_path: Path
):
    other = shutil.copytree(classification_tokens, tmp_path / "tokens")
    for split in ("validation", "test"):
        labels = np.load(other / split / "labels.npy")
        np.save(other / split / "labels.npy", 1 - labels)
    before, after = started(classification_tokens), started(other)
    assert before.ngrams is not None
    assert after.ngrams is not None
    torch.testing.assert_close(before.ngrams.weight, after.ngrams.weight)
