"""The problem of running text: what is predicted from what, and which states go where."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models.networks.language_models import RecurrentLanguageModel
from models.text.vocabulary import BOS_ID
from tests.training.small_jobs import ONE_THREAD, Notebook, language_job
from training.learner import Learner
from training.loop import train
from training.problems.base import LossOptions
from training.problems.language_modelling import LanguageModelling


def opened(tokens: Path, **training: object) -> LanguageModelling:
    return LanguageModelling(tokens, language_job(**training))


def network_of(problem: LanguageModelling) -> RecurrentLanguageModel:
    network = problem.build_network()
    assert isinstance(network, RecurrentLanguageModel)
    return network


def test_each_token_is_predicted_from_the_one_before(language_modelling_tokens: Path) -> None:
    split = opened(language_modelling_tokens).split("train")
    ids = np.load(language_modelling_tokens / "train" / "ids.npy")
    batch = split.batch(np.array([0, 40]))
    assert batch.inputs[0, 0] == BOS_ID
    assert batch.inputs[:, 1:].tolist() == batch.targets[:, :-1].tolist()
    assert batch.targets[1].tolist() == ids[40 : 40 + batch.targets.shape[1]].tolist()
    assert batch.inputs[1, 0] == ids[39]
    assert batch.real is None


def test_chunks_with_carried_states_cost_what_the_whole_text_costs(
    language_modelling_tokens: Path,
) -> None:
    problem = opened(language_modelling_tokens, batch_size=1, chunk_tokens=7)
    network = network_of(problem).eval()
    split = problem.split("validation")
    order = split.scoring_order(language_job(batch_size=1, chunk_tokens=7).training)
    ids = torch.from_numpy(
        np.load(language_modelling_tokens / "validation" / "ids.npy").astype(np.int64)
    )
    with torch.inference_mode():
        found = problem.validate(network, (split.batch(order[b]) for b in range(len(order))))
        whole = torch.cat([torch.tensor([BOS_ID]), ids[:-1]]).unsqueeze(0)
        logits, _ = network(whole, network.start(1))
        total = float(F.cross_entropy(logits[0], ids, reduction="sum"))
    assert found["loss"] == pytest.approx(total / len(ids), rel=1e-5)
    assert found["perplexity"] == pytest.approx(math.exp(total / len(ids)), rel=1e-4)
    bits = total / math.log(2) / split.characters
    assert found["bits_per_character"] == pytest.approx(bits, rel=1e-5)


def test_places_behind_the_end_count_nothing(language_modelling_tokens: Path) -> None:
    problem = opened(language_modelling_tokens)
    network = network_of(problem).eval()
    split = problem.split("validation")
    end = len(np.load(language_modelling_tokens / "validation" / "ids.npy"))
    batch = split.batch(np.array([end - 3]))
    assert batch.tokens == 3
    short, other = problem.loss(network, batch), batch.targets.clone()
    assert batch.real is not None
    other[~batch.real] = 5
    changed = type(batch)(batch.rows, batch.tokens, batch.inputs, other, batch.real)
    assert problem.loss(network, changed).total == short.total
    assert short.count == 3


def test_the_state_goes_on_to_the_next_batch_and_ends_with_the_epoch(
    language_modelling_tokens: Path,
) -> None:
    problem = opened(language_modelling_tokens)
    learner = Learner(problem, language_job().training, device=ONE_THREAD)
    order = problem.split("train").training_order(language_job().training, epoch=0)
    batch = problem.split("train").batch(order[0])
    learner.learn(batch)
    carried = learner.state()["carried"]
    assert len(carried) == 1
    assert float(carried[0].abs().sum()) > 0
    assert not carried[0].requires_grad
    learner.close_epoch(1)
    assert learner.state()["carried"] == []


def test_what_was_carried_decides_the_loss_unless_states_are_off(
    language_modelling_tokens: Path,
) -> None:
    for stateful in (True, False):
        problem = opened(language_modelling_tokens, stateful=stateful)
        network = network_of(problem).eval()
        split = problem.split("train")
        first, second = split.batch(np.array([0])), split.batch(np.array([8]))
        carried = problem.loss(network, first).carried
        warm = problem.loss(network, second, LossOptions(carried=carried)).total
        assert bool(warm != problem.loss(network, second).total) is stateful


def test_a_text_of_one_repeated_line_is_learnt_and_shown(
    language_modelling_tokens: Path, tmp_path: Path
) -> None:
    sink = Notebook()
    job = language_job(epochs=6, sample_epochs=4)
    facts = train(language_modelling_tokens, tmp_path, job, journal=sink, device=ONE_THREAD)
    first = sink.metrics["validation/bits_per_character", 1]
    assert facts["validation"]["bits_per_character"] < first  # type: ignore[index,call-overload]
    assert facts["best_epoch"] == 6
    assert sorted(sink.files) == ["samples/epoch-0004.txt", "samples/epoch-0006.txt"]
    assert all(len(text) > 5 for text in sink.files.values())
