"""The tokenize step is done again when a text setting changed, and names the setting."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.data import SPLITS
from configs.messages import read_experiment
from corpora.tables import write_parts
from storage import progress
from storage.journal import Journal
from storage.steps import StepResult
from tasks.run import Run
from tasks.steps import StepOutput
from tasks.tokenize import tokenize_step


@pytest.fixture
def run(tmp_path: Path) -> Run:
    journal = Journal.create(tmp_path, experiment="pairs", name="pairs", key="k")
    return Run(tmp_path, journal.folder, "pairs")


@pytest.fixture
def tables(tmp_path: Path) -> StepOutput:
    pairs = pd.DataFrame(
        {"id": np.arange(2), "group": "g", "source": ["It is so.", "Go!"], "target": "Va !"}
    )
    for split in SPLITS:
        write_parts(tmp_path / "tables" / split, [pairs])
    return StepOutput(tmp_path / "tables", "t")


def tokenized(run: Run, tables: StepOutput, **text: object) -> StepResult:
    experiment = read_experiment({"preset": "translation-demo", "name": "pairs", "text": text})
    return tokenize_step(run, tables, experiment)


def test_every_text_setting_that_changed_is_named(run: Run, tables: StepOutput):
    tokenized(run, tables)
    pieces = tokenized(run, tables, tokenizer="bpe")
    assert not pieces.reused
    assert pieces.reason == "`text.tokenizer` words → bpe"
    joint = tokenized(run, tables, tokenizer="bpe", joint_vocabulary=True, normalise="ascii")
    assert joint.reason == "`text.joint_vocabulary` False → True, `text.normalise` nfc → ascii"
    assert tokenized(run, tables, tokenizer="bpe").reused


def test_the_line_says_what_the_vocabulary_is_of(run: Run, tables: StepOutput):
    events: list[progress.Event] = []
    with progress.listening(events.append):
        tokenized(run, tables)
        tokenized(run, tables, tokenizer="bpe")
        tokenized(run, tables, tokenizer="bpe", joint_vocabulary=True)
    lines = [event.summary for event in events if isinstance(event, progress.Finished)]
    # beside 4 specials and 210 bytes: It, is, so, Go and Va with and without a space, and " !"
    assert lines == [
        "10 + 6 words, 0.0% unknown",
        "222 + 217 pieces",
        "225 pieces for both sides",
    ]
