"""Where training runs, decided from what the machine has and what was asked for."""

import subprocess
import sys

import pytest

from configs.networks import RecurrentClassifierConfig
from configs.training import TrainingConfig
from storage.errors import InputError
from training.device import Machine, ResolvedDevice, gpu_warning, resolve_device

NARROW = RecurrentClassifierConfig(hidden_dim=64)
WIDE = RecurrentClassifierConfig(hidden_dim=1024)
AUTO = TrainingConfig()


def machine(**parts: object) -> Machine:
    """A processor of four cores and nothing else, unless told otherwise."""
    defaults = {
        "cores": 4,
        "bf16_processor": False,
        "gpu_capability": None,
        "torch_version": "2.13.0+cpu",
        "torch_cuda": None,
    }
    return Machine(**{**defaults, **parts})


GPU = machine(gpu_capability=(9, 0), torch_version="2.13.0", torch_cuda="13.0")


def test_auto_takes_the_processor_where_there_is_no_gpu():
    place = resolve_device(AUTO, NARROW, machine=machine())
    assert place == ResolvedDevice("cpu", "float32", 1)


def test_auto_takes_every_core_for_wide_networks_and_one_for_narrow_ones():
    assert resolve_device(AUTO, WIDE, machine=machine()).threads == 4
    assert resolve_device(AUTO, NARROW, machine=machine()).threads == 1


def test_auto_takes_the_gpu_with_bf16_where_there_is_one():
    assert resolve_device(AUTO, NARROW, machine=GPU) == ResolvedDevice("cuda", "bf16", 1)


def test_gpu_without_bf16_units_computes_in_float32():
    old = machine(gpu_capability=(7, 5), torch_cuda="12.8")
    assert resolve_device(AUTO, WIDE, machine=old).precision == "float32"


def test_processor_takes_bf16_only_for_wide_networks_and_in_hardware():
    able = machine(bf16_processor=True)
    assert resolve_device(AUTO, WIDE, machine=able).precision == "bf16"
    assert resolve_device(AUTO, NARROW, machine=able).precision == "float32"
    assert resolve_device(AUTO, WIDE, machine=machine()).precision == "float32"


def test_what_was_asked_for_goes_before_what_there_is():
    asked = TrainingConfig(device="cpu", precision="bf16", threads=2)
    able = machine(bf16_processor=True, gpu_capability=(9, 0), torch_cuda="13.0")
    assert resolve_device(asked, NARROW, machine=able) == ResolvedDevice("cpu", "bf16", 2)


def test_bf16_asked_of_a_processor_without_it_is_refused_with_the_way_out():
    asked = TrainingConfig(device="cpu", precision="bf16")
    with pytest.raises(InputError, match="take precision auto or float32"):
        resolve_device(asked, NARROW, machine=machine())
    on_gpu = asked.model_copy(update={"device": "auto"})
    assert resolve_device(on_gpu, NARROW, machine=GPU).precision == "bf16"


def test_the_environment_goes_before_the_config():
    asked = TrainingConfig(device="cuda")
    assert resolve_device(asked, NARROW, override="cpu", machine=machine()).device == "cpu"


def test_gpu_asked_for_where_there_is_none_is_refused_with_the_way_out():
    with pytest.raises(InputError, match="no NVIDIA GPU is visible here; or take device auto"):
        resolve_device(TrainingConfig(device="cuda"), NARROW, machine=machine())


def test_unknown_device_of_the_environment_is_refused_by_name():
    with pytest.raises(InputError, match="SEQFLOW_DEVICE is 'gpu'; use auto, cpu or cuda"):
        resolve_device(AUTO, NARROW, override="gpu", machine=machine())


def test_gpu_that_torch_cannot_use_is_warned_of_with_the_cure():
    idle = machine(gpu_capability=(9, 0))
    assert resolve_device(AUTO, NARROW, machine=idle).device == "cpu"
    warning = gpu_warning(idle)
    assert warning is not None
    assert "torch 2.13.0+cpu is built without CUDA" in warning
    assert "pip install --force-reinstall --no-deps 'torch==2.13.0'" in warning


@pytest.mark.parametrize("fine", [machine(), GPU])
def test_machine_that_is_used_in_full_is_not_warned_of(fine: Machine):
    assert gpu_warning(fine) is None


def test_the_build_of_torch_is_read_right_and_without_importing_it():
    code = (
        "import sys; from training.device import Machine; here = Machine.here();"
        "assert 'torch' not in sys.modules, 'torch was imported';"
        "import torch; assert here.torch_version == torch.__version__;"
        "assert here.torch_cuda == torch.version.cuda;"
        "assert here.can_use_gpu == torch.cuda.is_available();"
        "assert here.cores >= 1"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
