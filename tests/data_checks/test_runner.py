"""The whole gate: what it returns, and what it leaves on the disk."""

import re
from pathlib import Path

import pandas as pd
import pytest

from configs.data import Problem
from data_checks.findings import Findings
from data_checks.runner import check
from tests.data_checks.corpus import Corpus

PAGES = {"index", "columns", "train", "validation", "test", "classes"}


@pytest.mark.parametrize("problem", ["classification", "translation"])
def test_a_clean_corpus_passes_every_check(problem: Problem, tmp_path: Path) -> None:
    findings = run(Corpus.clean(problem), tmp_path)
    assert {each.standing for each in findings.findings} == {"passed"}
    assert not (tmp_path / "failing").exists()


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the gate leaves of a corpus with two blank texts and a label that train lacks."""
    corpus = Corpus.clean("classification")
    corpus.tables["test"].loc[[3, 15], "text"] = [" ", "\t"]
    corpus.tables["test"].loc[4, "label"] = "unheard of"
    folder = tmp_path_factory.mktemp("gate")
    run(corpus, folder)
    return folder


def test_findings_and_summary_are_written(failed: Path) -> None:
    findings = Findings.read(failed / "findings.json")
    assert {each.check for each in findings.critical} == {"blank_text", "new_labels"}
    assert (failed / "summary.md").read_text() == findings.as_markdown()


def test_failing_rows_of_all_parts_are_written_with_what_was_derived(failed: Path) -> None:
    blank = pd.read_parquet(failed / "failing" / "blank_text-test.parquet")
    assert blank.columns.tolist() == ["id", "group", "text", "label", "text_characters"]
    assert blank["id"].tolist() == [83, 95]
    assert blank["text"].tolist() == [" ", "\t"]
    assert blank["text_characters"].tolist() == [0, 0]


def test_failing_classes_are_written(failed: Path) -> None:
    labels = pd.read_parquet(failed / "failing" / "new_labels-test.parquet")
    assert labels["label"].tolist() == ["unheard of"]


def test_data_docs_load_nothing_and_lead_nowhere_else(failed: Path) -> None:
    docs = failed / "data_docs"
    assert {page.stem for page in docs.iterdir()} == PAGES
    for page in docs.iterdir():
        html = page.read_text()
        assert not re.search(r"https?://|<link|src=", html)
        assert all((docs / link).exists() for link in re.findall(r'href="([^"#]+)"', html))


def test_data_docs_hold_numbers_but_no_texts(failed: Path) -> None:
    assert not any(
        "review 1 of" in page.read_text() for page in (failed / "data_docs").iterdir()
    )


def test_a_split_that_is_not_there_is_a_finding_not_a_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    corpus = Corpus.clean("translation")
    del corpus.tables["validation"]
    findings = run(corpus, tmp_path)
    broken = [each for each in findings.critical if each.outcome == "failed"]
    assert {(each.check, each.split) for each in broken} == {
        ("columns", "validation"),
        ("row_count", "validation"),
    }
    assert {each.split for each in findings.unchecked} == {"validation"}
    assert capfd.readouterr() == ("", "")  # no progress bars, no tracebacks


def run(corpus: Corpus, folder: Path) -> Findings:
    tables, tokens = corpus.write(folder / "in")
    return check(tables, tokens, folder, data=corpus.config())
