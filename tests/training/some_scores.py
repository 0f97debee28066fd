"""Scores made up for tests of what is said about them."""

from training.scores import BaselineScores, Comparison, Interval, Scores, Slice


def lead(difference: float, *, spread: float = 0.02, p_value: float = 0.0005) -> Comparison:
    """A network ahead of a baseline by so much."""
    return Comparison(difference, difference - spread, difference + spread, p_value)


def around(value: float, *, spread: float = 0.01) -> Interval:
    """A score with an even interval."""
    return Interval(value, value - spread, value + spread)


def classifier_scores(
    over_best: Comparison, *, over_majority: Comparison | None = None, accuracy: float = 0.93
) -> Scores:
    """A classifier's scores with the leads given."""
    floor = over_majority or lead(accuracy - 0.5)
    best = accuracy - over_best.difference
    return Scores(
        problem="classification",
        headline="accuracy",
        rows=1000,
        test={"accuracy": around(accuracy), "macro_f1": around(accuracy - 0.01)},
        baselines={
            "majority": _baseline(accuracy - floor.difference, floor),
            "naive_bayes": _baseline(best - 0.2, lead(over_best.difference + 0.2)),
            "logistic_regression": _baseline(best, over_best),
        },
        validation={"loss": 0.3, "accuracy": 0.94},
        classes={
            "bad|worse": {name: around(0.95) for name in ("precision", "recall", "f1")},
            "good": {name: around(0.85) for name in ("precision", "recall", "f1")},
        },
        class_rows={"bad|worse": 600, "good": 400},
        slices={
            "shortest": Slice(300, 1, 4, {"accuracy": around(0.8), "macro_f1": around(0.8)}),
            "longest": Slice(250, 9, 30, {"accuracy": around(0.97), "macro_f1": around(0.9)}),
        },
    )


def translator_scores(over_memory: Comparison) -> Scores:
    """A translator's scores, BLEU 30, with the lead given."""
    memory = {"bleu": around(30 - over_memory.difference, spread=1), "chrf": around(40)}
    return Scores(
        problem="translation",
        headline="bleu",
        rows=500,
        test={"bleu": around(30, spread=1), "chrf": around(55, spread=1)},
        baselines={
            "copy_source": BaselineScores(
                {"bleu": around(1), "chrf": around(15)}, lead(29, spread=1), "as it is"
            ),
            "translation_memory": BaselineScores(memory, over_memory, "nearest"),
        },
        signatures={"bleu": "nrefs:var|version:2.6.0", "chrf": "nrefs:var|version:2.6.0"},
    )


def _baseline(value: float, over: Comparison) -> BaselineScores:
    metrics = {"accuracy": around(value), "macro_f1": around(value)}
    return BaselineScores(metrics, over, "C 10, fitted on 2,000 rows")
