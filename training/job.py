"""What one training is asked to do: the parts of an experiment that decide the weights."""

from dataclasses import dataclass
from typing import Self

from configs.data import Problem, gaps_of
from configs.events import Gaps
from configs.experiment import ExperimentConfig
from configs.networks import NetworkConfig
from configs.text import TextConfig
from configs.training import DecodingConfig, TrainingConfig


@dataclass(frozen=True)
class TrainingJob:
    """The configs that training and evaluation read; where the data lies is told apart.

    Attributes:
        problem: What the model shall do with a row.
        text: How text became ids; kept in the bundle, so that prediction does the same.
        network: Which network, and its sizes.
        training: Optimisation, stopping, device.
        decoding: How output text is written, where the problem has any.
        gaps: What the times between events are, and their unit; of sequences alone.
    """

    problem: Problem
    text: TextConfig
    network: NetworkConfig
    training: TrainingConfig
    decoding: DecodingConfig
    gaps: Gaps | None = None

    @classmethod
    def of(cls, experiment: ExperimentConfig) -> Self:
        """The job of an experiment."""
        return cls(
            problem=experiment.data.problem,
            text=experiment.text,
            network=experiment.network,
            training=experiment.training,
            decoding=experiment.decoding,
            gaps=gaps_of(experiment.data),
        )
