"""Trainings on one GPU go in turn; the GPU itself is not needed to see that."""

import multiprocessing
import time
from pathlib import Path

import pytest

from storage import progress
from training.gpu_turn import gpu_turn, lock_path


def train_a_while(begun: Path) -> None:
    with gpu_turn("cuda"):
        begun.touch()
        time.sleep(0.6)


def test_a_second_training_waits_for_the_gpu_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", str(tmp_path))
    begun = tmp_path / "begun"
    other = multiprocessing.Process(target=train_a_while, args=(begun,))
    other.start()
    while not begun.exists():
        time.sleep(0.01)
    told: list[progress.Event] = []
    before = time.monotonic()
    with progress.listening(told.append), gpu_turn("cuda"):
        assert time.monotonic() - before > 0.2
    other.join()
    lock_path().unlink()
    assert isinstance(told[0], progress.Advanced)
    assert "waits for the GPU" in told[0].note


def test_trainings_on_the_processor_do_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", str(tmp_path))
    with gpu_turn("cpu"), gpu_turn("cpu"):
        assert not lock_path().exists()
