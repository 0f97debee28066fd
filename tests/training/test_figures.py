"""The pictures: whole PNG files for every number of classes and epochs."""

import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from training.figures import draw_confusion_matrix, draw_learning_curves
from training.history import History


def pixels(path: Path) -> tuple[int, int]:
    image = matplotlib.image.imread(path)
    assert image[..., :3].std() > 0.01, "the picture is blank"
    return image.shape[1], image.shape[0]


@pytest.mark.parametrize("classes", [1, 2, 12, 40])
def test_confusion_matrices_of_any_number_of_classes_are_drawn(
    tmp_path: Path, classes: int
) -> None:
    random = np.random.default_rng(0)
    matrix = random.integers(0, 900, size=(classes, classes))
    labels = [f"$_{number}^$ is no formula but a name" for number in range(classes)]
    draw_confusion_matrix(matrix, labels, tmp_path / "new" / "matrix.png")
    width, height = pixels(tmp_path / "new" / "matrix.png")
    assert 300 < width < 3500
    assert 300 < height < 3500


def test_a_class_without_rows_is_drawn_as_such(tmp_path: Path) -> None:
    draw_confusion_matrix(np.array([[3, 1], [0, 0]]), ["seen", "never"], tmp_path / "m.png")
    pixels(tmp_path / "m.png")


@pytest.mark.parametrize("epochs", [1, 2, 50])
def test_learning_curves_of_any_number_of_epochs_are_drawn(tmp_path: Path, epochs: int) -> None:
    course = [
        {
            "train/loss": 1 / epoch,
            "validation/loss": 1.2 / epoch,
            "validation/bleu": 3.0 * epoch,
        }
        for epoch in range(1, epochs + 1)
    ]
    draw_learning_curves(History("bleu", epochs, course), tmp_path / "curves.png")
    assert pixels(tmp_path / "curves.png") > (1000, 300)


def test_no_picture_is_shared_between_threads() -> None:
    code = (
        "import sys, numpy, pathlib, tempfile\n"
        "from training.figures import draw_confusion_matrix\n"
        "path = pathlib.Path(tempfile.mkdtemp()) / 'm.png'\n"
        "draw_confusion_matrix(numpy.eye(2, dtype=int), ['a', 'b'], path)\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout.decode().strip() == "False"
