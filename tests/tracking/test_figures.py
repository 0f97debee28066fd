"""Tests of which figures go to MLflow."""

import logging
import math

import pytest

from storage.journal import Record
from tracking.figures import LEFT_OUT_TAG, MAX_PARAMS, Figures


def metric(key: str, value: float, *, step: int | None = None) -> Record:
    return {"kind": "metric", "time": 1, "key": key, "value": value, "step": step}


def param(key: str, value: str | int = 1) -> Record:
    return {"kind": "param", "time": 1, "key": key, "value": value}


def test_metric_goes_once_per_key_and_step() -> None:
    figures = Figures()
    twice = [
        metric("loss", 1.0, step=1),
        metric("loss", 2.0, step=1),
        metric("loss", 3.0, step=2),
    ]
    first = figures.take(twice)
    assert [figure.value for figure in first.metrics.values()] == [1.0, 3.0]
    figures.sent(first)
    assert not figures.take(twice).metrics


def test_figures_that_were_not_sent_go_again() -> None:
    figures = Figures()
    figures.take([metric("loss", 1.0, step=1), param("a")])
    again = figures.take([metric("loss", 1.0, step=1), param("a")])
    assert again.metrics
    assert again.params


def test_final_score_has_no_step_and_is_apart_from_step_zero() -> None:
    taken = Figures().take([metric("loss", 1.0, step=0), metric("loss", 2.0)])
    assert len(taken.metrics) == 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_value_mlflow_would_falsify_stays_away_with_one_warning(
    value: float, caplog: pytest.LogCaptureFixture
) -> None:
    figures = Figures()
    with caplog.at_level(logging.WARNING):
        taken = figures.take([metric("loss", value, step=step) for step in range(3)])
    assert not taken.metrics
    assert len(caplog.records) == 1
    assert f"loss is {value} at step 0" in caplog.text


def test_earlier_shipment_is_not_warned_of_again(caplog: pytest.LogCaptureFixture) -> None:
    figures = Figures()
    with caplog.at_level(logging.WARNING):
        figures.remember([metric("loss", math.nan, step=0)])
    assert not caplog.records


def test_parameters_end_at_sixty_and_the_rest_is_counted() -> None:
    figures = Figures()
    taken = figures.take([param(f"p{number}") for number in range(MAX_PARAMS + 7)])
    assert len(taken.params) == 60
    assert taken.tags[LEFT_OUT_TAG] == "7"


def test_parameter_limit_holds_over_several_shipments() -> None:
    figures = Figures()
    figures.remember([param(f"p{number}") for number in range(MAX_PARAMS)])
    assert not figures.take([param("late")]).params


def test_long_parameter_is_cut_and_secret_one_masked() -> None:
    taken = Figures().take([param("text.note", "x" * 7_000), param("hub_token", "abc")])
    assert len(taken.params["text.note"]) == 500
    assert taken.params["hub_token"] == "***"
