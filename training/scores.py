"""What an evaluation found, as values: intervals, comparisons, and the file they travel in."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, TypeAlias, cast

from configs.data import Problem
from configs.promotion import sign_of
from storage.files import Json, read_json, write_json

FILE = "scores.json"
SENTENCES = "sentences.json"
"""A few answers, the same rows in every run, as a table for MLflow."""
REFERENCE_NEW = "reference new"
"""The part of a translator's test sources none of whose references training has seen."""
FORMAT = 1
TITLES = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "sentence_accuracy": "sentences all right",
    "bits_per_character": "bits per character",
    "perplexity": "perplexity",
    "bleu": "BLEU",
    "chrf": "chrF",
    "exact_match": "exact",
}
"""How a metric is written for people."""


@dataclass(frozen=True)
class Interval:
    """A score with its 95 % interval, in the score's own unit."""

    value: float
    low: float
    high: float

    def text(self, *, decimals: int) -> str:
        """`0.93 [0.92, 0.94]`."""
        value, low, high = (f"{x:z.{decimals}f}" for x in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"


@dataclass(frozen=True)
class Comparison:
    """One score minus another on the same rows, with 95 % interval and two-sided p-value."""

    difference: float
    low: float
    high: float
    p_value: float

    @property
    def significant(self) -> bool:
        """Whether chance is an unlikely reason, at 5 %."""
        return self.p_value < 0.05


Metrics: TypeAlias = Mapping[str, Interval]


@dataclass(frozen=True)
class Slice:
    """Scores of a part of the test rows.

    Attributes:
        rows: How many rows it has.
        shortest: Tokens of its shortest text.
        longest: Tokens of its longest text.
        metrics: Scores on it.
    """

    rows: int
    shortest: int
    longest: int
    metrics: Metrics

    @property
    def sizes(self) -> dict[str, int]:
        """Everything but the scores."""
        return {"rows": self.rows, "shortest": self.shortest, "longest": self.longest}


@dataclass(frozen=True)
class BaselineScores:
    """A baseline's scores, and how far the network is ahead of it.

    Attributes:
        metrics: Its own scores on the same rows.
        lead: By how much the network's headline score is better than the baseline's.
        settings: What was chosen for it.
    """

    metrics: Metrics
    lead: Comparison
    settings: str


@dataclass(frozen=True)
class Scores:
    """A network's scores on the test split, beside its baselines'.

    Attributes:
        problem: What was solved.
        headline: Name of the metric that sums the problem up.
        rows: Test rows scored; for translation distinct sources.
        test: Scores of the network.
        baselines: Simple methods on the same rows, the floor first.
        validation: The training's own figures for the epoch that was kept.
        classes: Scores of each class.
        class_rows: Test rows of each class.
        slices: Scores by length, the shortest quarter first.
        parts: Scores of parts of the test rows that are chosen otherwise.
        details: Further figures of the network, without an interval.
        signatures: What makes a metric comparable elsewhere, by metric.
    """

    problem: Problem
    headline: str
    rows: int
    test: Metrics
    baselines: Mapping[str, BaselineScores]
    validation: Mapping[str, float] = field(default_factory=dict)
    classes: Mapping[str, Metrics] = field(default_factory=dict)
    class_rows: Mapping[str, int] = field(default_factory=dict)
    slices: Mapping[str, Slice] = field(default_factory=dict)
    parts: Mapping[str, Slice] = field(default_factory=dict)
    details: Mapping[str, float] = field(default_factory=dict)
    signatures: Mapping[str, str] = field(default_factory=dict)

    @property
    def score(self) -> Interval:
        """The headline metric of the network."""
        return self.test[self.headline]

    @property
    def floor(self) -> str:
        """The baseline that learns nothing, or least: `majority`, `unigram`, `copy_source`."""
        return next(iter(self.baselines))

    @property
    def best_baseline(self) -> str:
        """The baseline with the best headline score."""
        return self.ranked_baselines[0]

    @property
    def ranked_baselines(self) -> list[str]:
        """The baselines, the best headline score first."""
        sign = sign_of(self.headline)
        return sorted(self.baselines, key=lambda name: -sign * self.baseline_score(name))

    @property
    def beats_floor(self) -> bool:
        """Whether the network is significantly better than what learns nothing."""
        lead = self.baselines[self.floor].lead
        return lead.difference > 0 and lead.significant

    def baseline_score(self, name: str) -> float:
        """Headline score of a baseline."""
        return self.baselines[name].metrics[self.headline].value

    def figures(self) -> Iterator[tuple[str, float]]:
        """Every score under the name it is tracked by."""
        for metric, interval in self.test.items():
            yield f"test/{metric}", interval.value
            yield f"test/{metric}/low", interval.low
            yield f"test/{metric}/high", interval.high
        parts = {f"test/class/{name}": metrics for name, metrics in self.classes.items()}
        slices = {**self.slices, **self.parts}
        parts |= {f"test/slice/{name}": part.metrics for name, part in slices.items()}
        parts |= {f"baseline/{name}": one.metrics for name, one in self.baselines.items()}
        for prefix, metrics in parts.items():
            for metric, interval in metrics.items():
                yield f"{prefix}/{metric}", interval.value
        for name, value in self.details.items():
            yield f"test/{name}", value

    def write(self, folder: Path, *, verdict: str) -> None:
        """Write `scores.json`; what follows from the scores is spelt out for its readers.

        Raises:
            ValueError: If a score is not a finite number.
        """
        content = {
            "format": FORMAT,
            "verdict": verdict,
            "headline": self.headline,
            "majority": self.baseline_score(self.floor),
            "beats_majority": self.beats_floor,
            "best_baseline": self.best_baseline,
            "problem": self.problem,
            "rows": self.rows,
            "test": _plain(self.test),
            "validation": dict(self.validation),
            "class": {name: _plain(metrics) for name, metrics in self.classes.items()},
            "class_rows": dict(self.class_rows),
            **_plain_slices("slice", self.slices),
            **_plain_slices("part", self.parts),
            "details": dict(self.details),
            "baselines": {name: _plain(one.metrics) for name, one in self.baselines.items()},
            "leads": {name: asdict(one.lead) for name, one in self.baselines.items()},
            "settings": {name: one.settings for name, one in self.baselines.items()},
            "signature": dict(self.signatures),
        }
        write_json(folder / FILE, cast(Json, content))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read `scores.json`."""
        content = cast(dict[str, Any], read_json(folder / FILE))
        leads, settings = content["leads"], content["settings"]
        return cls(
            problem=content["problem"],
            headline=content["headline"],
            rows=content["rows"],
            test=_metrics(content["test"]),
            baselines={
                name: BaselineScores(_metrics(one), Comparison(**leads[name]), settings[name])
                for name, one in content["baselines"].items()
            },
            validation=content["validation"],
            classes={name: _metrics(one) for name, one in content["class"].items()},
            class_rows=content["class_rows"],
            slices=_slices("slice", content),
            parts=_slices("part", content),
            details=content.get("details", {}),
            signatures=content["signature"],
        )


def _plain(metrics: Metrics) -> dict[str, dict[str, float]]:
    return {name: asdict(interval) for name, interval in metrics.items()}


def _plain_slices(kind: str, slices: Mapping[str, Slice]) -> dict[str, object]:
    return {
        kind: {name: _plain(part.metrics) for name, part in slices.items()},
        f"{kind}_sizes": {name: part.sizes for name, part in slices.items()},
    }


def _slices(kind: str, content: Mapping[str, Any]) -> dict[str, Slice]:
    """Those of the kind; scores of before there were any have none."""
    return {
        name: Slice(**content[f"{kind}_sizes"][name], metrics=_metrics(one))
        for name, one in content.get(kind, {}).items()
    }


def _metrics(content: Mapping[str, Mapping[str, float]]) -> dict[str, Interval]:
    return {name: Interval(**one) for name, one in content.items()}
