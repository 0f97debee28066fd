"""Dense rows of words and the memory of a process, for peers with and without Keras."""

from pathlib import Path

import numpy as np


def dense_bags(path):
    """(N, V) float32, one where a text has a word, from the .npz of a sparse matrix."""
    stored = np.load(path)
    bags = np.zeros(stored["shape"], np.float32)
    rows = np.repeat(np.arange(len(bags)), np.diff(stored["indptr"]))
    bags[rows, stored["indices"]] = 1
    return bags


def peak_mib():
    """The most memory that this process has held, in MiB, as Linux tells it.

    `ru_maxrss` would count what the process that started this one held.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (held,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(held) / 1024
