"""Which figures of a journal go to MLflow: each once, finite, short, and no secrets."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from storage.files import Json, canonical_json
from storage.journal import Record
from tracking.limits import MAX_PARAM, MAX_TAG, accepted_key, cut, is_loggable, masked

logger = logging.getLogger(__name__)

MAX_PARAMS = 60
LEFT_OUT_TAG = "seqflow.params_left_out"


class MetricFigure(NamedTuple):
    """A metric as MLflow takes it; time in milliseconds since 1970."""

    name: str
    value: float
    time: int
    step: int


@dataclass
class Batch:
    """Figures of one request: metrics by (key, step), parameters and tags by MLflow's name."""

    metrics: dict[tuple[str, int | None], MetricFigure] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


class Figures:
    """Remembers what has gone, so that nothing goes twice.

    A metric is known by (key, step), a parameter by its name; a tag may change.
    """

    def __init__(self) -> None:
        self._metrics: set[tuple[str, int | None]] = set()
        self._params: set[str] = set()
        self._left_out: set[str] = set()
        self._odd: set[str] = set()

    def take(self, records: Iterable[Record]) -> Batch:
        """The figures among the records that have not gone yet."""
        batch = Batch()
        for record in records:
            match record["kind"]:
                case "metric":
                    self._take_metric(batch, record)
                case "param":
                    self._take_param(batch, record)
                case "tag":
                    name, text = _label(record, MAX_TAG)
                    batch.tags[name] = text
                case _:
                    pass
        return batch

    def remember(self, records: Iterable[Record]) -> None:
        """Take note of what an earlier shipment sent, and warned of."""
        earlier = [record for record in records if record["kind"] in ("metric", "param")]
        self._odd.update(
            str(record["key"])
            for record in earlier
            if record["kind"] == "metric" and not is_loggable(cast(float, record["value"]))
        )
        self.sent(self.take(earlier))

    def sent(self, batch: Batch) -> None:
        """Take note that MLflow has these."""
        self._metrics.update(batch.metrics)
        self._params.update(batch.params)

    def _take_metric(self, batch: Batch, record: Record) -> None:
        key, step = str(record["key"]), cast("int | None", record.get("step"))
        if (key, step) in self._metrics or (key, step) in batch.metrics:
            return
        value = float(cast(float, record["value"]))
        if is_loggable(value):
            time = cast(int, record["time"])
            batch.metrics[key, step] = MetricFigure(accepted_key(key), value, time, step or 0)
        elif key not in self._odd:
            self._odd.add(key)
            logger.warning(
                "%s is %s at step %s; MLflow would show another number, so such values stay "
                "in the journal only",
                key,
                value,
                step,
            )

    def _take_param(self, batch: Batch, record: Record) -> None:
        name, text = _label(record, MAX_PARAM)
        if name in self._params or name in batch.params:
            return
        if len(self._params) + len(batch.params) < MAX_PARAMS:
            batch.params[name] = text
        else:
            self._left_out.add(name)
            batch.tags[LEFT_OUT_TAG] = str(len(self._left_out))


def _label(record: Record, limit: int) -> tuple[str, str]:
    """Name and text of a parameter or tag, as MLflow gets them."""
    key = str(record["key"])
    return accepted_key(key), cut(masked(key, _text(record["value"])), limit)


def _text(value: Json) -> str:
    """Strings as they are, everything else as JSON."""
    return value if isinstance(value, str) else canonical_json(value)
