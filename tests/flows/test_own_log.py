"""A user's own event log: trained, asked, added to, compared and watched, with servers up."""

import json
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.ticket_log import COLUMNS, write_tickets
from tests.flows.own_data import typed_in
from tests.running_servers import RunningServers

pytestmark = [pytest.mark.long, pytest.mark.flow, pytest.mark.timeout(900)]

NAMED = [
    word
    for ours, theirs in zip(("case", "event", "time"), COLUMNS, strict=True)
    for word in (f"--{ours}-column", theirs)
]


def test_an_own_log_becomes_a_model_that_tells_the_next_event(
    prefect_server: RunningServers, tmp_path: Path
) -> None:
    seqflow = typed_in(prefect_server.settings.home)
    log = tmp_path / "tickets.csv"
    write_tickets(log, cases=400, seed=0)
    few = ["--set", "training.epochs=8", "--set", "training.batch_size=16"]
    out = seqflow("train", "--data", log, *NAMED, "--target", "next-event", *few, "--json")
    trained = json.loads(out)
    assert trained["model"] == "tickets"
    assert trained["verdict"].startswith("accuracy 0.7"), out

    late, early = (
        json.loads(seqflow("predict", "tickets", f"open assign@1 ask@1 answer@{gap}", "--json"))
        for gap in (200, 1)
    )
    assert {late["label"], early["label"]} <= {"escalate", "resolve", "ask"}
    assert late["probability"] != early["probability"]

    rows = tmp_path / "asked.csv"
    rows.write_text("events,gaps\nopen assign,0 2.5\nopen,0\n", encoding="utf-8")
    seqflow("predict", "tickets", rows, "--output", tmp_path / "answers.csv")
    answers = pd.read_csv(tmp_path / "answers.csv")
    assert answers["prediction"].tolist()[1] == "assign"

    seqflow("predict", "tickets", log, "--output", tmp_path / "cases.parquet")
    cases = pd.read_parquet(tmp_path / "cases.parquet")
    assert len(cases) == 400
    assert list(cases)[:4] == ["case", "events", "gaps", "prediction"]

    more = tmp_path / "more.csv"
    write_tickets(more, cases=100, seed=1)
    numbered = pd.read_csv(more)
    numbered[COLUMNS[0]] += 10_000
    numbered.to_csv(more, index=False)
    seqflow("data", "add", "tickets", more, "--reason", "a new month")
    seqflow("retrain", "tickets", "--reason", "a new month")
    compared = json.loads(seqflow("compare", "tickets", "--json"))
    assert "accuracy" in compared["reason"]

    slow = pd.read_csv(more)
    slow[COLUMNS[0]] += 10_000
    times = pd.to_datetime(slow[COLUMNS[2]])
    slow[COLUMNS[2]] = (times.min() + 30 * (times - times.min())).dt.strftime("%F %T")
    slow.to_csv(tmp_path / "slow.csv", index=False)
    drift = json.loads(
        seqflow("monitor", "tickets", "--data", tmp_path / "slow.csv", "--json", status=1)
    )
    assert "mean gap" in drift["verdict"]
