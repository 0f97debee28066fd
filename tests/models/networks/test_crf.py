import itertools
import math

import pytest
import torch
from torch import Tensor

from models.networks.crf import LinearChainCRF

TAGS = 3
LENGTHS = torch.tensor([4, 1, 2])


@pytest.fixture
def crf() -> LinearChainCRF:
    torch.manual_seed(3)
    layer = LinearChainCRF(TAGS).double()
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    return layer


@pytest.fixture
def scores() -> Tensor:
    torch.manual_seed(4)
    return torch.randn(len(LENGTHS), int(LENGTHS.max()), TAGS, dtype=torch.float64)


def by_hand(crf: LinearChainCRF, scores: Tensor, path: tuple[int, ...]) -> float:
    """The score of a path of one row, written out."""
    total = float(crf.first[path[0]].detach() + crf.last[path[-1]].detach())
    total += sum(float(scores[place, tag]) for place, tag in enumerate(path))
    return total + sum(float(crf.follows[a, b].detach()) for a, b in itertools.pairwise(path))


def every_path(crf: LinearChainCRF, scores: Tensor) -> dict[tuple[int, ...], float]:
    paths = itertools.product(range(TAGS), repeat=len(scores))
    return {path: by_hand(crf, scores, path) for path in paths}


def test_likelihood_is_that_of_all_paths_written_out(crf: LinearChainCRF, scores: Tensor):
    tags = torch.randint(TAGS, scores.shape[:2])
    found = crf(scores, tags, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        paths = every_path(crf, scores[row, :length])
        partition = math.log(sum(math.exp(value) for value in paths.values()))
        path = tuple(tags[row, :length].tolist())
        assert found[row].item() == pytest.approx(paths[path] - partition, abs=1e-12)


def test_best_path_is_the_best_of_all_paths(crf: LinearChainCRF, scores: Tensor):
    found = crf.best(scores, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        paths = every_path(crf, scores[row, :length])
        assert tuple(found[row, :length].tolist()) == max(paths, key=paths.__getitem__)
        assert not found[row, length:].any()


def test_gradients_agree_with_finite_differences(crf: LinearChainCRF, scores: Tensor):
    tags = torch.randint(TAGS, scores.shape[:2])

    def likelihood(scores: Tensor, first: Tensor, follows: Tensor, last: Tensor) -> Tensor:
        given = {"first": first, "follows": follows, "last": last}
        return torch.func.functional_call(crf, given, (scores, tags, LENGTHS))

    inputs = [scores, crf.first, crf.follows, crf.last]
    assert torch.autograd.gradcheck(
        likelihood, [each.detach().requires_grad_() for each in inputs]
    )


def test_crf_is_blind_to_padding(crf: LinearChainCRF, scores: Tensor):
    tags = torch.randint(TAGS, scores.shape[:2])
    real = torch.arange(scores.shape[1]) < LENGTHS.unsqueeze(1)
    other = torch.where(real.unsqueeze(2), scores, torch.full_like(scores, 1e6))
    other_tags = torch.where(real, tags, (tags + 1) % TAGS)
    assert torch.equal(
        crf(scores, tags, LENGTHS),
        crf(other, other_tags, LENGTHS),
    )
    assert torch.equal(crf.best(scores, LENGTHS), crf.best(other, LENGTHS))


def test_of_equal_paths_the_lower_tags_win(crf: LinearChainCRF):
    for parameter in crf.parameters():
        torch.nn.init.zeros_(parameter)
    level = torch.zeros(1, 3, TAGS, dtype=torch.float64)
    assert crf.best(level, torch.tensor([3])).tolist() == [[0, 0, 0]]
