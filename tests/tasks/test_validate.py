"""The gate's step tells its warnings once, below its line."""

from pathlib import Path

from storage import progress
from storage.journal import Journal
from tasks.run import Run
from tasks.steps import StepOutput
from tasks.validate import validate_step
from tests.data_checks.corpus import Corpus


def test_warnings_are_told_when_they_are_found_and_not_when_they_are_reused(
    tmp_path: Path,
) -> None:
    corpus = Corpus.clean("translation")
    corpus.tables["test"].loc[0, "target"] = corpus.tables["train"].loc[0, "target"]
    tables, tokens = map(StepOutput, corpus.write(tmp_path), ("tables", "tokens"))
    journal = Journal.create(tmp_path, experiment="pairs", name="pairs", key="k")
    run = Run(tmp_path, journal.folder, "pairs")
    events: list[progress.Event] = []
    with progress.listening(events.append):
        first, found = validate_step(run, tables, tokens, corpus.config())
        again, same = validate_step(run, tables, tokens, corpus.config())
    assert (first.reused, again.reused, same) == (False, True, found)
    notes = [event.note for event in events if isinstance(event, progress.Noted)]
    assert notes == [
        "warning: the target of 1 rows of test (5 %) stands in train; at most 0 % is expected "
        "(data.checks.max_known_target_share)"
    ]
