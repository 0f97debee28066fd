"""Does the GPU compute what the processor computes? `python -m training.gpu_check`.

For every shipped preset's network on made-up rows: loss and gradient on both, and a training
that is resumed from a checkpoint on the GPU against one that is not. One JSON object; exit
code 1 if a tolerance is exceeded. Needs no more than torch, numpy, pandas, pyarrow,
safetensors, tokenizers, pydantic and PyYAML.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from configs.data import SPLITS
from configs.experiment import ExperimentConfig
from configs.shipped import preset_names
from corpora.tables import write_parts
from training.device import Machine, Precision, ResolvedDevice, gpu_warning
from training.encoding import encode
from training.job import TrainingJob
from training.learner import Learner
from training.problems.base import Problem
from training.problems.build import open_problem
from training.state import (
    Checkpoint,
    Checkpoints,
    Progress,
    random_states,
    restore_random_states,
)

STEPS = 8
"""Steps of the training that is resumed after half of them."""
WORDS = 5_000
LONGEST = 40


@dataclass(frozen=True)
class Tolerance:
    """Largest relative differences: |a - b| / |b|, Euclidean norms over all entries.

    Attributes:
        loss: Of a batch's loss on the two devices.
        gradient: Of the whole gradient. cuDNN's recurrences round products to TF32, whose
            10 bits of mantissa leave about three digits; bf16 has 7 bits.
        resumed: Of the weights' way since the start, resumed against not: embeddings'
            gradients are summed in no fixed order on a GPU.
    """

    loss: float
    gradient: float
    resumed: float


TOLERANCES: dict[Precision, Tolerance] = {
    "float32": Tolerance(loss=1e-3, gradient=1e-2, resumed=1e-2),
    "bf16": Tolerance(loss=2e-2, gradient=1e-1, resumed=1e-1),
}


@dataclass(frozen=True)
class Comparison:
    """Differences found for one preset at one precision, relative as in `Tolerance`."""

    preset: str
    precision: Precision
    loss: float
    gradient: float
    resumed: float
    tokens_per_second: float
    passed: bool


def main(arguments: list[str] | None = None) -> int:
    """Check every preset, write the JSON object, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m training.gpu_check")
    parser.add_argument(
        "--output", type=Path, help="file for the JSON; standard output if absent"
    )
    output: Path | None = parser.parse_args(arguments).output
    report = check_gpu()
    text = json.dumps(report, indent=1) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
    return 0 if report["passed"] else 1


def check_gpu() -> dict[str, object]:
    """The whole report, as plain values; without a GPU it says so and passes."""
    machine = Machine.here()
    if not machine.can_use_gpu:
        reason = gpu_warning(machine) or "no NVIDIA GPU is visible here; nothing was checked"
        return {"gpu": None, "passed": True, "message": reason, "torch": machine.torch_version}
    comparisons = [
        compare(preset, ResolvedDevice("cuda", precision, machine.cores))
        for preset in preset_names()
        for precision in TOLERANCES
    ]
    return {
        "gpu": torch.cuda.get_device_name(),
        "passed": all(comparison.passed for comparison in comparisons),
        "torch": machine.torch_version,
        "tolerances": {precision: asdict(limit) for precision, limit in TOLERANCES.items()},
        "comparisons": [asdict(comparison) for comparison in comparisons],
    }


def compare(preset: str, device: ResolvedDevice) -> Comparison:
    """Loss, gradient and resume of a preset's network on the device."""
    experiment = ExperimentConfig.model_validate({"preset": preset})
    job = TrainingJob.of(experiment)
    torch.set_num_threads(device.threads)
    with TemporaryDirectory(prefix="gpu-check-") as folder:
        tokens = _made_up_tokens(Path(folder), experiment)
        loss, gradient = _compare_with_processor(tokens, job, device=device)
        resumed, speed = _compare_resumed(tokens, job, device=device)
    limit = TOLERANCES[device.precision]
    return Comparison(
        preset=preset,
        precision=device.precision,
        loss=loss,
        gradient=gradient,
        resumed=resumed,
        tokens_per_second=round(speed),
        passed=loss <= limit.loss and gradient <= limit.gradient and resumed <= limit.resumed,
    )


def _compare_with_processor(
    tokens: Path, job: TrainingJob, *, device: ResolvedDevice
) -> tuple[float, float]:
    """Relative differences of loss and gradient to the processor's in float32."""
    still = job.network.model_copy(
        update={name: 0.0 for name in type(job.network).model_fields if "dropout" in name}
    )
    problem = open_problem(tokens, replace(job, network=still))
    losses, gradients = [], []
    for place in (ResolvedDevice("cpu", "float32", device.threads), device):
        learner = _fresh_learner(problem, job, device=place)
        losses.append(learner.learn(_batches(problem, job, device=learner.device)[0]).total)
        given = [p.grad for p in learner.network.parameters() if p.grad is not None]
        gradients.append(torch.cat([gradient.to_dense().flatten() for gradient in given]))
    return _difference(losses[1], losses[0]), _difference(gradients[1], gradients[0])


def _compare_resumed(
    tokens: Path, job: TrainingJob, *, device: ResolvedDevice
) -> tuple[float, float]:
    """Relative difference of resumed to uninterrupted weights, and real tokens per second."""
    problem = open_problem(tokens, job)
    straight = _fresh_learner(problem, job, device=device)
    batches = _batches(problem, job, device=straight.device)
    start = _weights(straight)
    for batch in batches[: STEPS // 2]:
        straight.learn(batch)
    checkpoints = Checkpoints(tokens.parent / "checkpoints", owner="gpu-check")
    checkpoints.write(Checkpoint(Progress(), straight.state(), random_states(), {}))
    speed = _learn_timed(straight, batches[STEPS // 2 :])
    resumed = _fresh_learner(problem, job, device=device)
    checkpoint = checkpoints.newest()
    if checkpoint is None:
        raise RuntimeError("the checkpoint that was just written cannot be read")
    resumed.load_state(checkpoint.learner)
    restore_random_states(checkpoint.random)
    _learn_timed(resumed, batches[STEPS // 2 :])
    return _difference(_weights(resumed) - start, _weights(straight) - start), speed


def _learn_timed(learner: Learner[Any], batches: list[Any]) -> float:
    """Real tokens per second over the batches."""
    began = time.perf_counter()
    for batch in batches:
        learner.learn(batch)
    if learner.device.type == "cuda":
        torch.cuda.synchronize()
    tokens: int = sum(batch.tokens for batch in batches)
    return tokens / (time.perf_counter() - began)


def _fresh_learner(
    problem: Problem[Any], job: TrainingJob, *, device: ResolvedDevice
) -> Learner[Any]:
    """Equal initial weights on every device: they are drawn on the processor."""
    torch.manual_seed(0)
    learner = Learner(problem, job.training, device=device)
    learner.network.train()
    return learner


def _batches(problem: Problem[Any], job: TrainingJob, *, device: torch.device) -> list[Any]:
    split = problem.split("train")
    order = split.training_order(job.training, epoch=0)
    return [split.batch(order[batch]).to(device) for batch in range(STEPS)]


def _weights(learner: Learner[Any]) -> Tensor:
    return parameters_to_vector(learner.network.parameters()).detach().clone()


def _difference(found: Tensor, expected: Tensor) -> float:
    """Relative: the norm of the difference over the norm of what was expected."""
    found, expected = found.detach().double().cpu(), expected.detach().double().cpu()
    return float((found - expected).norm() / expected.norm())


def _word(number: int) -> str:
    """The number in letters, for some tokenizers read nothing else: aaaa, baaa, caaa."""
    return "".join(chr(ord("a") + number // 26**place % 26) for place in range(4))


def _made_up_tokens(folder: Path, experiment: ExperimentConfig) -> Path:
    """Token ids of rows of random words, as many as the steps need."""
    random = np.random.default_rng(0)
    training = experiment.training
    rows = STEPS * max(training.batch_size, (training.batch_tokens or 0) // (LONGEST // 4))

    def texts() -> list[str]:
        lengths = random.integers(1, LONGEST, rows)
        return [" ".join(map(_word, random.integers(0, WORDS, n))) for n in lengths]

    content = {"text": texts(), "label": [f"class {row % 2}" for row in range(rows)]}
    if experiment.data.problem == "translation":
        content = {"source": texts(), "target": texts()}
    if experiment.data.problem == "events":
        events = texts()
        gaps = [" ".join(["0.5"] * len(text.split())) for text in events]
        content = {"events": events, "gaps": gaps, "label": content["label"]}
    if experiment.data.problem == "tagging":
        tokens = texts()
        tags = [" ".join(f"T{word[-1]}" for word in text.split()) for text in tokens]
        content = {"tokens": tokens, "tags": tags}
    if experiment.data.problem == "language_modelling":
        content = {"text": [f"{a}\n{b}\n" for a, b in zip(texts(), texts(), strict=True)]}
    frame = pd.DataFrame({"id": np.arange(rows), **content})
    for split in SPLITS:
        write_parts(folder / "tables" / split, [frame])
    text = experiment.text.model_copy(update={"min_frequency": 1})
    encode(folder / "tables", folder / "tokens", data=experiment.data, text=text)
    return folder / "tokens"


if __name__ == "__main__":
    sys.exit(main())
