"""A planted drift of each kind is found by its name, and undrifted data raises no alarm."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from configs.monitoring import MonitoringConfig
from data_checks.drift import Drift
from data_checks.drift_report import write_report
from data_checks.profile_comparison import compare
from tests.data_checks.drifting import Reference, answers, drawn, reference

LIMITS = MonitoringConfig()
WITHOUT_FLOORS = MonitoringConfig(
    number_floor=0, category_floor=0, accuracy_floor=0, false_alarm_rate=0.05, minimum_rows=20
)
NEW = 500


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return reference(tmp_path_factory.mktemp("champion"), drawn(4_000, seed=1))


@pytest.fixture(scope="module")
def fresh() -> pd.DataFrame:
    return drawn(NEW, seed=2)


def longer(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(text=frame["text"] + " " + frame["text"].to_numpy()[::-1])


def other_labels(frame: pd.DataFrame) -> pd.DataFrame:
    poor = frame.index[frame["label"] == "negative"][: NEW // 6]
    return frame[(frame["label"] == "positive") | frame.index.isin(poor)]


def new_label(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(label=frame["label"].mask(frame.index % 5 == 0, "mixed"))


def unknown_words(frame: pd.DataFrame) -> pd.DataFrame:
    named = [f"The Zq{row}x " for row in range(len(frame))]
    return frame.assign(text=frame["text"].str.replace("The ", "").radd(named))


def other_words(frame: pd.DataFrame) -> pd.DataFrame:
    swapped = {"was": "were", "were": "was", "the": "a", "not": "never"}
    pattern = re.compile(rf"\b({'|'.join(swapped)})\b")
    text = [pattern.sub(lambda found: swapped[found[0]], text) for text in frame["text"]]
    return frame.assign(text=text)


def shouted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        text=frame["text"].mask(frame.index % 4 == 0, frame["text"].str.upper())
    )


def another_script(frame: pd.DataFrame) -> pd.DataFrame:
    greek = frame["text"].str.translate(str.maketrans("aeilmnorstu", "αειλμνορστυ"))
    return frame.assign(text=frame["text"].mask(frame.index % 10 == 0, greek))


def less_sure(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(probability=0.5 + (answers(frame["text"])["probability"] - 0.5) / 2)


def other_answers(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        predicted=answers(frame["text"])["predicted"].mask(frame.index % 3 == 0, "positive")
    )


def less_right(frame: pd.DataFrame) -> pd.DataFrame:
    flipped = frame["label"].map({"positive": "negative", "negative": "positive"})
    return frame.assign(label=frame["label"].mask(frame.index % 2 == 0, flipped))


@pytest.mark.parametrize(
    ("plant", "column"),
    [
        (longer, "text length in words"),
        (longer, "text length in characters"),
        (other_labels, "label"),
        (new_label, "label"),
        (unknown_words, "text unknown words"),
        (other_words, "text words"),
        (shouted, "text characters"),
        (another_script, "text script"),
        (less_sure, "confidence"),
        (other_answers, "predicted label"),
        (less_right, "accuracy"),
    ],
)
def test_a_planted_drift_is_found_by_its_name(
    champion: Reference,
    fresh: pd.DataFrame,
    tmp_path: Path,
    plant: Callable[[pd.DataFrame], pd.DataFrame],
    column: str,
) -> None:
    planted = plant(fresh).reset_index(drop=True)
    drift = compare(champion.profile, champion.counted(planted, tmp_path), LIMITS)
    assert column in {each.name for each in drift.drifted}


def test_undrifted_data_has_not_drifted_and_says_so(
    champion: Reference, fresh: pd.DataFrame, tmp_path: Path
) -> None:
    drift = compare(champion.profile, champion.counted(fresh, tmp_path), LIMITS)
    assert drift.drifted == ()
    assert drift.sentence(data="fresh.csv", model="demo v1").startswith(
        "no drift that matters from what demo v1 learnt: 4"
    )


def test_a_difference_below_the_floor_is_small_and_raises_no_alarm(
    champion: Reference, fresh: pd.DataFrame, tmp_path: Path
) -> None:
    profile = champion.counted(longer(fresh), tmp_path)
    drift = compare(champion.profile, profile, MonitoringConfig(number_floor=0.95))
    outcomes = {column.name: column.outcome for column in drift.columns}
    assert outcomes["text length in words"] == "small"


def test_better_accuracy_is_no_drift(champion: Reference, tmp_path: Path) -> None:
    frame = drawn(NEW, seed=3)
    right = frame.assign(predicted=frame["label"])
    drift = compare(champion.profile, champion.counted(right, tmp_path), WITHOUT_FLOORS)
    (accuracy,) = [column for column in drift.columns if column.name == "accuracy"]
    assert accuracy.p_value < 1e-6
    assert (accuracy.effect, accuracy.outcome) == (0, "same")


def test_few_rows_conclude_nothing(champion: Reference, tmp_path: Path) -> None:
    frame = longer(drawn(60, seed=3))
    drift = compare(champion.profile, champion.counted(frame, tmp_path), LIMITS)
    assert {column.outcome for column in drift.columns} == {"unchecked"}
    assert "nothing is concluded (monitoring.minimum_rows)" in drift.sentence(data="", model="")


def test_repeats_are_counted_once(champion: Reference, tmp_path: Path) -> None:
    frame = pd.concat([drawn(90, seed=3)] * 5)
    drift = compare(champion.profile, champion.counted(frame, tmp_path), LIMITS)
    assert (drift.rows, drift.concluded) == (450, False)


def test_rows_that_the_champion_learnt_from_are_not_asked_what_it_predicts(
    champion: Reference, fresh: pd.DataFrame, tmp_path: Path
) -> None:
    drift = compare(champion.profile, champion.counted(fresh, tmp_path, known=True), LIMITS)
    unchecked = {column.name for column in drift.columns if column.outcome == "unchecked"}
    assert unchecked == {"text unknown words", "predicted label", "confidence", "accuracy"}


def test_without_labels_all_else_is_compared(
    champion: Reference, fresh: pd.DataFrame, tmp_path: Path
) -> None:
    profile = champion.counted(fresh.drop(columns="label"), tmp_path)
    names = {column.name for column in compare(champion.profile, profile, LIMITS).columns}
    assert {"label", "accuracy"}.isdisjoint(names)
    assert len(names) == 8


def test_only_the_checks_asked_for_are_made(
    champion: Reference, fresh: pd.DataFrame, tmp_path: Path
) -> None:
    limits = MonitoringConfig(checks=("scripts", "labels"))
    drift = compare(champion.profile, champion.counted(fresh, tmp_path), limits)
    assert {column.name for column in drift.columns} == {"label", "text script"}


def test_the_report_loads_nothing_and_shows_the_worst_first(
    champion: Reference, fresh: pd.DataFrame, tmp_path: Path
) -> None:
    new = champion.counted(longer(fresh.assign(label="<b>&|")), tmp_path)
    drift = compare(champion.profile, new, LIMITS)
    verdict = drift.sentence(data="<i>.csv", model="demo v1")
    page = write_report(tmp_path, drift, champion.profile, new, verdict=verdict).read_text()
    assert not re.search(r"https?://|<script|<link|<b>&|<i>", page)
    shown = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,', page)
    assert shown == [column.name for column in drift.columns]
    assert [each.outcome for each in drift.columns][:3] == ["drifted"] * 3


def false_alarms(champion: Reference, draws: int, folder: Path, *, rows: int) -> int:
    """Draws of two samples of one distribution, of which some column seems to differ."""
    pool = drawn(draws * 3 * rows, seed=4)
    alarms = 0
    for start in range(0, len(pool), 3 * rows):
        before, after = (
            champion.counted(pool.iloc[a:b].reset_index(drop=True), folder)
            for a, b in ((start, start + 2 * rows), (start + 2 * rows, start + 3 * rows))
        )
        alarms += bool(compare(before, after, WITHOUT_FLOORS).drifted)
    return alarms


@pytest.mark.parametrize(
    ("draws", "rows"), [(40, 100), pytest.param(200, 500, marks=pytest.mark.long)]
)
def test_without_any_floor_false_alarms_stay_within_their_rate(
    champion: Reference, tmp_path: Path, draws: int, rows: int
) -> None:
    # a rate of exactly 5 % would exceed this number once in a thousand test runs
    most = binom.ppf(0.999, draws, WITHOUT_FLOORS.false_alarm_rate)
    assert false_alarms(champion, draws, tmp_path, rows=rows) <= most


@pytest.mark.long
def test_200_undrifted_weeks_raise_no_more_alarms_than_configured(tmp_path: Path) -> None:
    champion = reference(tmp_path / "champion", drawn(20_000, seed=1))
    alarms: list[Drift] = []
    for seed in range(200):
        week = champion.counted(drawn(1_000, seed=1_000 + seed), tmp_path / "week")
        alarms.append(compare(champion.profile, week, LIMITS))
    drifted = sum(bool(drift.drifted) for drift in alarms)
    assert drifted <= binom.ppf(0.999, 200, LIMITS.false_alarm_rate)
    assert np.mean([drift.tested for drift in alarms]) == 10
