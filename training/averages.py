"""Averages of a network's weights over training, which are scored in place of the last ones."""

from collections.abc import Mapping
from copy import deepcopy

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from training.state import Weights, on_processor


def moving_average(network: nn.Module, decay: float) -> AveragedModel | None:
    """An exponential moving average of the network's weights; None where decay is 0."""
    if decay == 0:
        return None
    average = AveragedModel(
        network,
        multi_avg_fn=get_ema_multi_avg_fn(decay),  # type: ignore[no-untyped-call]
        use_buffers=True,
    )
    _flatten(average)
    return average


class LastEpochs:
    """The mean of the weights after each of the last epochs.

    Args:
        network: What is trained.
        epochs: How many epochs the mean runs over.
    """

    def __init__(self, network: nn.Module, *, epochs: int) -> None:
        self.network = deepcopy(network).requires_grad_(False)
        _flatten(self.network)
        self._epochs = epochs
        self._weights: dict[int, Weights] = {}

    def add(self, network: nn.Module, *, epoch: int) -> None:
        """Take in the weights after an epoch; once more for the same one changes nothing."""
        self._weights[epoch] = on_processor(dict(network.named_parameters()))
        for number in list(self._weights):
            if number <= epoch - self._epochs:
                del self._weights[number]
        self.network.load_state_dict(network.state_dict())  # buffers are the latest
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                each = [weights[name] for weights in self._weights.values()]
                parameter.copy_(torch.stack(each).mean(dim=0))

    def state(self) -> dict[int, Weights]:
        """The weights after each epoch, by its number."""
        return self._weights

    def load_state(self, state: Mapping[int, Weights]) -> None:
        """Go back to what :meth:`state` returned."""
        self._weights = dict(state)


def _flatten(network: nn.Module) -> None:
    """Lay the weights of copied recurrences side by side again, as cuDNN wants them."""
    for module in network.modules():
        if isinstance(module, nn.RNNBase):
            module.flatten_parameters()
