"""A user's own event log, from the words of a command to what the gate says of it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.experiments import Request, experiment_of
from cli.main import app
from cli.options import COLUMNS
from configs.data import Columns
from configs.messages import ConfigError

STEPS = ("open", "assign", "wait for customer", "resolve", "close")
NAMED = [
    "--case-column", "Case", "--event-column", "Activity", "--time-column", "At",
]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("SEQFLOW_HOME", str(folder))
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    lines = [
        f"{case},{STEPS[step % (2 + case % 4)]},2026-01-{1 + case % 28:02d} {step:02d}:00"
        for case in range(120)
        for step in range(3 + case % 5)
    ]
    path = tmp_path / "tickets.csv"
    path.write_text("\n".join(["Case,Activity,At", *lines]) + "\n", encoding="utf-8")
    return path


def checked(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    return result.exit_code, result.stdout + result.stderr


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("target", ["next-event", "outcome"])
def test_a_log_passes_the_gate(target: str, log: Path) -> None:
    status, said = checked(log, *NAMED, "--target", target)
    assert status == 0, said
    rows = 480 if target == "next-event" else 120
    assert f"rows: read {rows}, train" in said


def test_a_log_takes_the_settings_of_the_default_preset(log: Path, home: Path) -> None:
    columns = {"case": "Case", "event": "Activity", "time": "At"}
    experiment = experiment_of(Request(data=log, columns=columns, told="next-event"), home)
    data = experiment.data
    assert (experiment.name, data.problem) == ("tickets", "events")
    assert (data.events.log, data.events.target) == (True, "next_event")
    assert experiment.network.kind == "event_classifier"


def test_whole_sequences_are_no_log(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("case,events,gaps,label\n1,a b,0 1,x\n", encoding="utf-8")
    experiment = experiment_of(Request(data=path, problem="events"), home)
    assert not experiment.data.events.log


@pytest.mark.usefixtures("home")
def test_rows_whose_gaps_do_not_fit_are_refused_with_their_line(tmp_path: Path) -> None:
    lines = [f"{case},a b c,0 {case} 2,{'xy'[case % 2]}" for case in range(300)]
    lines[7] = "7,a b c,0 1,x"
    lines[9] = "9,a b c,0 1 late,x"
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(["case,events,gaps,label", *lines]), encoding="utf-8")
    status, said = checked(path, "--problem", "events")
    assert status == 0, said
    assert "rejected 2" in said


@pytest.mark.usefixtures("home")
def test_time_that_runs_backwards_stops_at_the_gate(tmp_path: Path) -> None:
    lines = [f"{case},a b c,0 {case} -2,{'xy'[case % 2]}" for case in range(300)]
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(["case,events,gaps,label", *lines]), encoding="utf-8")
    status, said = checked(path, "--problem", "events")
    assert status == 1
    assert "time runs backwards, for a gap is below 0" in " ".join(said.split())


def test_a_column_named_anew_leaves_the_target_as_it_is(log: Path, home: Path) -> None:
    mine = home.parent / "mine.yaml"
    mine.write_text(
        "preset: events\ndata:\n  events: {log: true, target: outcome}\n", encoding="utf-8"
    )
    request = Request(target=str(mine), data=log, columns={"time": "At"}, name="mine")
    assert experiment_of(request, home).data.events.target == "outcome"
    whole = Request(target=str(mine), data=log, columns={"events": "Steps"}, name="mine")
    assert not experiment_of(whole, home).data.events.log


def test_a_format_of_times_is_typed_as_it_is(log: Path, home: Path) -> None:
    form = ("data.events.time_format=%d.%m.%Y %H:%M",)
    request = Request(data=log, told="outcome", settings=form)
    assert experiment_of(request, home).data.events.time_format == "%d.%m.%Y %H:%M"


def test_a_log_keeps_no_fewer_events_than_are_read(log: Path, home: Path) -> None:
    request = Request(data=log, told="outcome", settings=("text.max_tokens=200",))
    with pytest.raises(ConfigError, match="max_tokens 200 .*most_events 50 keeps"):
        experiment_of(request, home)


def test_memory_does_not_fade_with_the_time_that_is_left(log: Path, home: Path) -> None:
    settings = ("data.events.gaps=to_last", "network.time=decay")
    request = Request(data=log, told="outcome", settings=settings)
    with pytest.raises(ConfigError, match="time decay .*gaps is to_last"):
        experiment_of(request, home)


@pytest.mark.usefixtures("home")
def test_an_event_that_came_once_does_not_stop_a_log(log: Path) -> None:
    lines = [
        f"{case + 1000},odd {case},2026-01-02 0{n}:00" for case in range(3) for n in (1, 2)
    ]
    log.write_text(log.read_text() + "\n".join(lines) + "\n", encoding="utf-8")
    status, said = checked(log, *NAMED, "--target", "next-event")
    assert status == 0, said
    assert "labels of" in said or "the smallest class" in said


def test_an_unknown_target_is_told_with_those_there_are(log: Path, home: Path) -> None:
    with pytest.raises(ConfigError, match="'label', 'next_event' or 'outcome', but is 'weat"):
        experiment_of(Request(data=log, told="weather"), home)


def test_every_column_of_the_config_has_an_option() -> None:
    assert set(COLUMNS) == set(Columns.model_fields)
