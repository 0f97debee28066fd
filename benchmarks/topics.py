"""Networks over topics with several seeds, beside simple methods on the same bags of words.

The published test split is scored once per training. Documents that are empty once headers,
quotes and signatures are out have no row; a second column counts them too, as mistakes.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any, cast

import numpy as np
import pandas as pd

from benchmarks.prepared import prepare
from benchmarks.record import write_page
from configs.messages import read_experiment
from corpora.tables import read_table
from models.classifying import ClassificationPredictor
from models.predictors import load_predictor
from training.history import History
from training.job import TrainingJob
from training.loop import train
from training.metrics import classification_scores
from training.own_bags import own_bags

PUBLISHED_TEST = {"20newsgroups": 7_532}
"""Documents of a published test split, those without text included."""


@dataclass(frozen=True)
class _Result:
    """Answers of one method to the test rows.

    Attributes:
        right: How many.
        macro_f1: Over the classes.
        settings: What was chosen, how long it took.
    """

    right: int
    macro_f1: float
    settings: str


def main() -> None:
    """Train and score, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="+", help="of one corpus, the first names the page")
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    found: dict[str, list[_Result]] = {}
    for number, preset in enumerate(asked.presets):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            prepare(read_experiment({"preset": preset}), place)
            test = read_table(place / "tables" / "test", ["text", "label"])
            for seed in range(asked.seeds):
                found.setdefault(preset, []).append(_trained(preset, seed, place, test))
                print(f"{preset} {seed}: {found[preset][-1]}", file=sys.stderr)
            if not number:
                for name, result in _simple_methods(place, test):
                    found[name] = [result]
                    print(f"{name}: {result}", file=sys.stderr)
    print(_write(asked.presets[0], found, rows=len(test)).read_text(encoding="utf-8"))


def _trained(preset: str, seed: int, place: Path, test: pd.DataFrame) -> _Result:
    values: Mapping[str, Any] = {"preset": preset, "training": {"seed": seed}}
    job, folder = TrainingJob.of(read_experiment(values)), place / f"{preset} {seed}"
    began = time.perf_counter()
    train(place / "tokens", folder, job)
    seconds = time.perf_counter() - began
    history = History.read(folder)
    predictor = cast(ClassificationPredictor, load_predictor(folder / "bundle"))
    answers = np.array(predictor.labels, object)[
        predictor.predict_columns(test["text"]).classes
    ]
    told = f"{seconds:.0f} s, epoch {history.best_epoch} of {len(history.epochs)}"
    return _result(test, answers, told)


def _simple_methods(place: Path, test: pd.DataFrame) -> Iterator[tuple[str, _Result]]:
    """Naive Bayes twice, regression and a linear machine, settings chosen on validation.

    Each is fitted on training alone for the choice, and once more with validation.
    """
    from scipy.sparse import vstack
    from sklearn.base import clone
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import ComplementNB, MultinomialNB
    from sklearn.svm import LinearSVC

    bags = own_bags(place / "tokens")
    train_labels, tuning = (
        read_table(place / "tables" / split, ["label"])["label"].to_numpy(object)
        for split in ("train", "validation")
    )
    methods: Mapping[str, Sequence[Any]] = {
        "naive Bayes": [MultinomialNB(alpha=a) for a in (0.01, 0.03, 0.1, 0.3)],
        "complement naive Bayes": [ComplementNB(alpha=a) for a in (0.03, 0.1, 0.3, 1.0)],
        "logistic regression": [LogisticRegression(C=c, max_iter=500) for c in (3, 10, 30)],
        "linear SVC": [LinearSVC(C=c) for c in (0.1, 0.2, 0.3, 0.5, 1.0)],
    }
    weigh = TfidfTransformer(sublinear_tf=True).fit(bags.train)
    fitting, choosing = weigh.transform(bags.train), weigh.transform(bags.validation)
    both = vstack([bags.train, bags.validation])
    again = TfidfTransformer(sublinear_tf=True).fit(both)
    whole, asked = again.transform(both), again.transform(bags.test)
    labels = np.concatenate([train_labels, tuning])
    for name, candidates in methods.items():
        began = time.perf_counter()
        tried = [
            float((each.fit(fitting, train_labels).predict(choosing) == tuning).mean())
            for each in candidates
        ]
        best = candidates[int(np.argmax(tried))]
        alone = best.predict(weigh.transform(bags.test))
        yield f"{name}, training rows alone", _result(test, alone, f"{best}")
        chosen = clone(best)
        answers = chosen.fit(whole, labels).predict(asked)
        seconds = time.perf_counter() - began
        yield name, _result(test, answers, f"{chosen}, {seconds:.0f} s with the choice")


def _result(test: pd.DataFrame, answers: np.ndarray[Any, Any], settings: str) -> _Result:
    classes = pd.Index(sorted({*test["label"], *answers}))
    actual, predicted = (classes.get_indexer(pd.Index(one)) for one in (test["label"], answers))
    scores = classification_scores(actual, predicted, classes=len(classes))
    return _Result(int((actual == predicted).sum()), scores.macro_f1, settings)


def _write(first: str, found: Mapping[str, Sequence[_Result]], *, rows: int) -> Path:
    corpus = read_experiment({"preset": first}).data.dataset
    published = PUBLISHED_TEST.get(corpus, rows)
    table = [
        (
            name,
            _spread([one.right / rows for one in results]),
            _spread([one.right / published for one in results]),
            _spread([one.macro_f1 for one in results]),
            results[0].settings.replace("|", "/"),
        )
        for name, results in found.items()
    ]
    seeds = max(len(results) for results in found.values())
    return write_page(
        f"topics_{first.replace('-', '_')}",
        f"Topics: {corpus}",
        head=("system", "accuracy", "of all published", "macro F1", "first run"),
        rows=table,
        notes=(
            f"{rows:,} test rows; the third column counts all {published:,} published test "
            f"documents, those without text as mistakes. Networks: means over {seeds} seeds "
            "with their standard deviation, trained without validation rows. The others read "
            "the bags of the first network, TF-IDF with sublinear counts, settings chosen on "
            "validation; fitted on training rows alone, as the networks are, and on both."
        ),
        module="topics",
    )


def _spread(values: Sequence[float]) -> str:
    deviation = f" ± {stdev(values):.4f}" if len(values) > 1 else ""
    return f"{mean(values):.4f}{deviation}"


if __name__ == "__main__":
    main()
