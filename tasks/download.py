"""Task: bring the raw files into a step folder, from wherever they are."""

import shutil
import tempfile
from pathlib import Path

from prefect import task

from configs.data import DataConfig
from configs.settings import Settings
from storage.steps import Facts
from tasks.addresses import address_of
from tasks.run import Run
from tasks.steps import Step, StepOutput, outcome, perform


@task(name="download")
def download(run: Run, data: DataConfig) -> StepOutput:
    """Fetch, generate or adopt the dataset's files; content is checked against its digest."""
    if data.sql is not None:
        return _queried(run, data)
    from corpora.download import fetch

    mirror = Settings.from_environment().mirror
    result = perform(
        run,
        _step(data),
        lambda folder: fetch(data, folder, cache=run.home / "raw", mirror=mirror),
        summary=_summary,
    )
    return outcome(result)


def _queried(run: Run, data: DataConfig) -> StepOutput:
    """Ask the database anew: its rows may have changed. Equal rows are the same step."""
    from corpora.download import fetch

    assert data.sql is not None
    run.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=run.home, prefix="query-") as place:
        taken = Path(place) / "rows"
        address = address_of(data.sql)
        facts = fetch(data, taken, cache=run.home / "raw", mirror=None, address=address)

        def work(folder: Path) -> Facts:
            shutil.copytree(taken, folder, dirs_exist_ok=True)
            return facts

        step = _step(data, rows_digest=str(facts["rows_digest"]))
        return outcome(perform(run, step, work, summary=_summary))


def _step(data: DataConfig, **contents: str) -> Step:
    chosen = data.model_dump(mode="json", include={"dataset", "file", "sql", "rows"})
    return Step(
        name="download",
        modules=("corpora.download",),
        inputs={},
        parameters=chosen | contents,
    )


def _summary(facts: Facts) -> str:
    return str(facts["description"])
