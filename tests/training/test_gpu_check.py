"""The GPU check passes where devices agree and fails where they do not."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training import gpu_check
from training.device import Machine, ResolvedDevice

no_gpu = pytest.mark.skipif(Machine.here().can_use_gpu, reason="there is a GPU")


@no_gpu
def test_without_a_gpu_the_check_says_so_and_passes(capsys: pytest.CaptureFixture[str]):
    assert gpu_check.main([]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["gpu"] is None
    assert "nothing was checked" in report["message"]


@no_gpu
def test_the_report_goes_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert gpu_check.main(["--output", str(tmp_path / "report.json")]) == 0
    assert json.loads((tmp_path / "report.json").read_text())["passed"] is True
    assert capsys.readouterr().out == ""


@pytest.mark.long
def test_the_check_runs_on_what_a_plain_gpu_image_holds():
    absent = ("sacrebleu", "sklearn", "scipy", "matplotlib", "mlflow", "prefect", "httpx")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent}));"
        "from training.device import ResolvedDevice;"
        "from training.gpu_check import compare;"
        "assert compare('translation-demo', ResolvedDevice('cpu', 'float32', 1)).passed"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("preset", ["demo", "newsgroups", "translation-demo", "text-demo"])
def test_processor_agrees_with_itself_exactly(preset: str):
    torch.set_num_threads(1)
    found = gpu_check.compare(preset, ResolvedDevice("cpu", "float32", 1))
    assert (found.loss, found.gradient, found.resumed) == (0.0, 0.0, 0.0)
    assert found.passed
    assert found.tokens_per_second > 0


def test_differences_beyond_the_tolerance_fail(monkeypatch: pytest.MonkeyPatch):
    strict = replace(gpu_check.TOLERANCES["bf16"], gradient=1e-6)
    monkeypatch.setitem(gpu_check.TOLERANCES, "bf16", strict)
    found = gpu_check.compare("text-demo", ResolvedDevice("cpu", "bf16", 1))
    assert found.gradient > 1e-6
    assert not found.passed


@pytest.mark.gpu
@pytest.mark.skipif(not Machine.here().can_use_gpu, reason="there is no GPU")
def test_gpu_agrees_with_the_processor():
    assert gpu_check.check_gpu()["passed"]
