"""Task: the gate between data and training."""

from pathlib import Path

from prefect import task
from prefect.artifacts import create_markdown_artifact

from configs.data import DataConfig
from data_checks.findings import Findings
from storage import progress
from storage.errors import DataCheckError
from storage.steps import Facts, StepResult
from tasks.run import Run
from tasks.steps import Step, StepOutput, outcome, perform


@task(name="validate")
def validate(run: Run, tables: StepOutput, tokens: StepOutput, data: DataConfig) -> StepOutput:
    """Publish what broke as an artifact, then fail if anything critical did.

    Raises:
        DataCheckError: Naming the first critical finding and where the rows lie.
    """
    result, findings = validate_step(run, tables, tokens, data)
    create_markdown_artifact(findings.as_markdown(), key="data-checks")
    journal = run.journal()
    journal.artifact(result.folder / "data_docs", "data_docs")
    journal.artifact(result.folder / "summary.md", "data_checks")
    if findings.critical:
        failing = result.folder / "failing"
        if failing.is_dir():
            journal.artifact(failing, "data_checks/failing")
        raise DataCheckError(
            f"{data.dataset} broke {len(findings.critical)} critical "
            f"{'check' if len(findings.critical) == 1 else 'checks'}: "
            f"{'; '.join(finding.message for finding in findings.critical)}"
            f"{f'. The failing rows lie in {failing}' if failing.is_dir() else ''}"
        )
    return outcome(result)


def validate_step(
    run: Run, tables: StepOutput, tokens: StepOutput, data: DataConfig
) -> tuple[StepResult, Findings]:
    """The gate's step; its warnings are told when they are new, for they stop nothing."""
    step = Step(
        name="validate",
        modules=("data_checks.runner",),
        inputs={"tables": tables, "tokens": tokens},
        parameters={"problem": data.problem, "checks": data.checks.model_dump(mode="json")},
    )

    def work(folder: Path) -> Facts:
        from data_checks.runner import check

        return {"headline": check(tables.folder, tokens.folder, folder, data=data).headline()}

    result = perform(run, step, work, summary=lambda facts: str(facts["headline"]))
    findings = Findings.read(result.folder / "findings.json")
    if not result.reused:
        for finding in findings.warnings:
            progress.noted("validate", f"warning: {finding.message}")
    return result, findings
