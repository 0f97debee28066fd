"""A look at new data, from a file to the run and the report it leaves, without Prefect."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cli.experiments import Request
from cli.monitor import run_monitor
from configs.data import Columns
from configs.settings import Settings, apply_safe_defaults
from corpora.own_files import adopt_own_file
from storage.errors import InputError
from tasks.drift import Look, find_champion, look
from tests.data_checks.drifting import drawn
from tests.tasks.champions import crown
from tracking.links import comparison_link
from tracking.store import TrackingStore

SERVER = "http://127.0.0.1:5000"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home folder with a champion that learnt from `known.csv`."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQFLOW_HOME", str(home))
        found = Settings(home, mirror=None, device=None, registry_prefix="")
        apply_safe_defaults(found)
        crown(found, tmp_path_factory.mktemp("champion")).to_csv(home / "known.csv")
    return found


def looked(settings: Settings, frame: pd.DataFrame) -> Look:
    path = settings.home / "new.csv"
    frame.to_csv(path, index=False)
    champion = find_champion(settings, "demo")
    return look(
        settings,
        champion,
        champion.experiment.monitoring,
        data=adopt_own_file(path, own=settings.home / "own"),
        columns=Columns(),
        trigger="manual",
        reason="a test",
    )


@pytest.mark.long
def test_drift_leaves_a_short_run_with_its_report(settings: Settings) -> None:
    frame = drawn(400, seed=2)
    found = looked(settings, frame.assign(text=frame["text"] + " " + frame["text"]))
    assert found.drifted
    assert "new.csv has drifted from what demo v1 learnt: text length" in found.sentence
    assert found.report is not None
    assert found.report.is_file()
    store = TrackingStore.from_settings(settings)
    client = store.client()
    experiment = store.experiment_id(client, "demo")
    [run] = client.search_runs([experiment], f"tags.`seqflow.run` = '{found.run}'")
    expected = {
        "kind": "monitor",
        "model_version": "1",
        "trigger": "manual",
        "reason": "a test",
    }
    assert expected.items() <= run.data.tags.items()
    assert run.data.tags["data_version"] == found.data_digest
    assert run.data.metrics["drift/text length in words"] > 0.1
    assert run.info.status == "FINISHED"
    kept = {file.path for file in client.list_artifacts(run.info.run_id, "drift")}
    assert kept == {"drift/drift.json", "drift/report.html"}
    page = comparison_link(store, "demo", server=SERVER)
    assert page is not None
    assert run.info.run_id not in page  # it is no model to compare


@pytest.mark.long
def test_rows_that_the_champion_knows_are_not_held_for_new(settings: Settings) -> None:
    found = looked(settings, pd.read_csv(settings.home / "known.csv"))
    assert found.drift is not None
    rows = {column.name: column.rows for column in found.drift.columns}
    assert rows["text length in words"] > 1_900
    assert rows["confidence"] < 300  # validation rows alone, which no file names
    assert any("stand in the champion's own data" in note for note in found.notes)


@pytest.mark.long
def test_the_command_tells_the_worst_and_ends_with_its_exit_code(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEQFLOW_HOME", str(settings.home))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    frame = drawn(400, seed=4)
    path = settings.home / "loud.csv"
    frame.assign(text=frame["text"].str.upper()).to_csv(path, index=False)
    assert run_monitor(Request("demo", data=path), reason="", as_json=True) == 1
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["drift"] is True
    assert told["drifted"] == ["text characters"]
    quiet = Request("demo", data=path, settings=("monitoring.category_floor=1",))
    assert run_monitor(quiet, reason="", as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].strip().startswith("no drift that matters from what demo v1 learnt")
    assert lines[1].startswith("  ~ text characters: “lower case” 9")
    assert lines[-1].startswith("  Report: ")
    assert run_monitor(Request("demo"), reason="", as_json=False) == 0
    assert "the same rows each time; give new data" in capsys.readouterr().out
    with pytest.raises(InputError, match="no model 'nobody'"):
        run_monitor(Request("nobody", data=path), reason="", as_json=False)


def test_a_look_needs_no_prefect() -> None:
    code = "import sys, tasks.drift; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


ROOT = Path(__file__).parents[2]
