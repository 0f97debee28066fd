"""Where training runs: device, precision and threads, found out without importing torch."""

import ctypes
import importlib.util
import math
import os
import re
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Self

from configs.networks import NetworkConfig
from configs.training import TrainingConfig
from storage.errors import InputError

Device = Literal["cpu", "cuda"]
Precision = Literal["float32", "bf16"]

BF16_PAYS_FROM = 512
"""State size from which bf16 products outweigh the casts around them on a processor."""
THREADS_PAY_FROM = 256
"""State size from which more threads bring more than their waiting for each other costs.
Below it one thread is as quick on a quiet machine, several times as quick on a busy one, and
a resumed training ends bit-equal."""
_BF16_CAPABILITY = (8, 0)
"""First CUDA compute capability with bf16 units (Ampere)."""


@dataclass(frozen=True)
class ResolvedDevice:
    """What `auto` became on this machine; part of what decides the weights."""

    device: Device
    precision: Precision
    threads: int

    def parameters(self) -> dict[str, str | int]:
        """The fields as plain values, for the step's key."""
        return asdict(self)


@dataclass(frozen=True)
class Machine:
    """What a machine has to offer.

    Attributes:
        cores: Processor cores this process may use.
        bf16_processor: Whether the processor multiplies bf16 in hardware.
        gpu_capability: CUDA compute capability of the first visible GPU, or None.
        torch_version: Version of the installed torch, build tag included.
        torch_cuda: CUDA version torch is built for, or None for a CPU-only build.
    """

    cores: int
    bf16_processor: bool
    gpu_capability: tuple[int, int] | None
    torch_version: str
    torch_cuda: str | None

    @classmethod
    @cache
    def here(cls) -> Self:
        """This machine."""
        version, cuda = _torch_build()
        return cls(
            cores=_usable_cores(),
            bf16_processor=_processor_has_bf16(),
            gpu_capability=_gpu_capability(),
            torch_version=version,
            torch_cuda=cuda,
        )

    @property
    def can_use_gpu(self) -> bool:
        """Whether there is a GPU, and a torch that knows how to use it."""
        return self.gpu_capability is not None and self.torch_cuda is not None


def resolve_device(
    training: TrainingConfig,
    network: NetworkConfig,
    *,
    override: str | None = None,
    machine: Machine | None = None,
) -> ResolvedDevice:
    """Turn `auto` into what this machine has.

    Args:
        training: Holds the wishes: device, precision, threads.
        network: Its width decides whether bf16 pays on a processor.
        override: `auto`, `cpu` or `cuda`; goes before the config (`SEQFLOW_DEVICE`).
        machine: Where to run; None means here.

    Raises:
        InputError: If the override is no device, or `cuda` or bf16 is asked for and cannot
            be had.
    """
    machine = machine or Machine.here()
    wish = override or training.device
    if wish not in ("auto", "cpu", "cuda"):
        raise InputError(f"SEQFLOW_DEVICE is {wish!r}; use auto, cpu or cuda")
    if wish == "cuda" and not machine.can_use_gpu:
        reason = gpu_warning(machine) or "no NVIDIA GPU is visible here"
        raise InputError(
            f"the device cuda was asked for, but {reason}; or take device auto or cpu"
        )
    device: Device = "cpu" if wish == "cpu" or not machine.can_use_gpu else "cuda"
    if training.precision == "bf16" and device == "cpu" and not machine.bf16_processor:
        # oneDNN has no bf16 LSTM below AVX-512, and emulates the rest more slowly than float32
        raise InputError(
            "training.precision is bf16, but this processor does not multiply bf16 in hardware "
            "(avx512_bf16 or amx_bf16); take precision auto or float32"
        )
    return ResolvedDevice(
        device=device,
        precision=_best_precision(device, network, machine=machine)
        if training.precision == "auto"
        else training.precision,
        threads=training.threads or _best_threads(network, machine=machine),
    )


def gpu_warning(machine: Machine | None = None) -> str | None:
    """What to tell the user of a machine whose GPU the installed torch cannot use, or None."""
    machine = machine or Machine.here()
    if machine.gpu_capability is None or machine.torch_cuda is not None:
        return None
    release = machine.torch_version.partition("+")[0]
    return (
        f"this machine has an NVIDIA GPU, but torch {machine.torch_version} is built without "
        f"CUDA and cannot use it; install the CUDA build in its place: "
        f"pip install --force-reinstall --no-deps 'torch=={release}' from an index that has it"
    )


def _best_precision(device: Device, network: NetworkConfig, *, machine: Machine) -> Precision:
    if device == "cuda":
        gains = (
            machine.gpu_capability is not None and machine.gpu_capability >= _BF16_CAPABILITY
        )
    else:
        gains = machine.bf16_processor and _width(network) >= BF16_PAYS_FROM
    return "bf16" if gains else "float32"


def _best_threads(network: NetworkConfig, *, machine: Machine) -> int:
    return machine.cores if _width(network) >= THREADS_PAY_FROM else 1


def _width(network: NetworkConfig) -> int:
    match network.kind:
        case "transformer":
            return network.model_dim
        case "bag_of_words":
            return max(network.hidden_dims)
        case _:
            return network.hidden_dim


def _usable_cores() -> int:
    """Cores the scheduler gives this process, less where a container's quota is smaller."""
    cores = len(os.sched_getaffinity(0))
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return cores
    return cores if quota == "max" else min(cores, math.ceil(int(quota) / int(period)))


def _processor_has_bf16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return re.search(r"\b(avx512_bf16|amx_bf16)\b", flags) is not None


def _torch_build() -> tuple[str, str | None]:
    """Version and CUDA version of the installed torch, read from its file of constants."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return "not installed", None
    constants = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(__version__|cuda)\b.*?= '([^']+)'", constants, re.MULTILINE))
    return found.get("__version__", "unknown"), found.get("cuda")


def _gpu_capability() -> tuple[int, int] | None:
    """Compute capability of the first visible GPU, asked of NVIDIA's driver itself.

    https://docs.nvidia.com/cuda/cuda-driver-api (cuDeviceGetAttribute: 75 major, 76 minor)
    """
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    count, device = ctypes.c_int(), ctypes.c_int()
    major, minor = ctypes.c_int(), ctypes.c_int()
    asked = (
        driver.cuInit(0) == 0
        and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
        and count.value > 0
        and driver.cuDeviceGet(ctypes.byref(device), 0) == 0
        and driver.cuDeviceGetAttribute(ctypes.byref(major), 75, device) == 0
        and driver.cuDeviceGetAttribute(ctypes.byref(minor), 76, device) == 0
    )
    return (major.value, minor.value) if asked else None
