"""Task: raw files to clean tables, split so that nothing leaks."""

from typing import cast

from prefect import task

from configs.data import DataConfig
from corpora.versions import base_of, data_digest
from storage.journal import Journal
from storage.steps import Facts, StepResult
from tasks.run import Run
from tasks.steps import Step, StepOutput, outcome, perform
from tracking.runs import record_dataset


@task(name="preprocess")
def preprocess(run: Run, raw: StepOutput, data: DataConfig) -> StepOutput:
    """Read, clean and split the rows; what cannot be read is kept aside with its line."""
    from corpora.preprocess import build_tables

    step = Step(
        name="preprocess",
        modules=("corpora.preprocess",),
        inputs={"raw": raw},
        parameters=data.model_dump(mode="json", exclude={"checks", "version"}),
    )
    result = perform(
        run,
        step,
        lambda folder: build_tables(raw.folder, folder, data, home=run.home),
        summary=_summary,
    )
    _publish(run.journal(), result, data)
    return outcome(result)


def _publish(journal: Journal, result: StepResult, data: DataConfig) -> None:
    """Name the data version, and each split by its digest."""
    journal.tag("data_version", result.digest)
    journal.tag("data_digest", data_digest(base_of(data), data.added))
    rows = cast(dict[str, int], result.facts["rows"])
    digests = cast(dict[str, str], result.facts["split_digests"])
    for split, digest in digests.items():
        record_dataset(
            journal,
            data.dataset,
            context=split,
            digest=digest,
            source=str(result.folder / split),
            rows=rows[split],
        )


def _summary(facts: Facts) -> str:
    rows = cast(dict[str, int], facts["rows"])
    dropped = sum(cast(dict[str, int], facts["dropped"]).values())
    rejected = f", {rows['rejected']:,} rejected" if rows["rejected"] else ""
    return f"{rows['read']:,} rows, {dropped:,} dropped{rejected}"
