"""Task: bring the raw files into a step folder, from wherever they are."""

from prefect import task

from configs.data import DataConfig
from configs.settings import Settings
from storage.steps import Facts
from tasks.run import Run
from tasks.steps import Step, StepOutput, outcome, perform


@task(name="download")
def download(run: Run, data: DataConfig) -> StepOutput:
    """Fetch, generate or adopt the dataset's files; content is checked against its digest."""
    from corpora.download import fetch

    step = Step(
        name="download",
        modules=("corpora.download",),
        inputs={},
        parameters=data.model_dump(mode="json", include={"dataset", "file", "rows"}),
    )
    mirror = Settings.from_environment().mirror
    result = perform(
        run,
        step,
        lambda folder: fetch(data, folder, cache=run.home / "raw", mirror=mirror),
        summary=_summary,
    )
    return outcome(result)


def _summary(facts: Facts) -> str:
    return str(facts["description"])
