from typing import get_args

import pytest
import torch

from models.networks.language_models import RecurrentLanguageModel
from models.networks.layers import LayerName

IDS = torch.tensor([[1, 4, 2, 0, 3], [2, 2, 1, 3, 4]])
every_cell = pytest.mark.parametrize("cell", get_args(LayerName))


def model_of(cell: LayerName) -> RecurrentLanguageModel:
    torch.manual_seed(0)
    sizes = {"layers": 2, "embedding_dim": 3, "hidden_dim": 4}
    model = RecurrentLanguageModel(5, cell=cell, **sizes, dropout=0.0, recurrent_dropout=0.0)
    return model.double()


@every_cell
def test_a_text_may_be_read_piece_by_piece(cell: LayerName):
    model = model_of(cell)
    whole, end = model(IDS, model.start(2))
    first, state = model(IDS[:, :2], model.start(2))
    second, last = model(IDS[:, 2:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    torch.testing.assert_close(last, end)


@every_cell
def test_steps_score_what_a_whole_reading_does(cell: LayerName):
    model = model_of(cell)
    whole, _ = model(IDS, model.start(2))
    state = model.writing(model.start(2))
    for place in range(IDS.shape[1]):
        scores, state = model.step(IDS[:, place], state)
        torch.testing.assert_close(scores, whole[:, place])
    swapped, _ = model.step(IDS[:, 0], state.select(torch.tensor([1, 0])))
    straight, _ = model.step(IDS[:, 0].flip(0), state)
    torch.testing.assert_close(swapped.flip(0), straight)
