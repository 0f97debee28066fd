"""The up, down and doctor commands: what they print about the servers."""

from collections.abc import Sequence

from cli.console import console, steps_shown
from configs.settings import Settings
from storage.errors import EnvironmentProblem


def run_up(database: str | None = None) -> None:
    """Start everything, wait until it answers, and print where it is."""
    from cli.servers import up

    out = console()
    with steps_shown(out):
        links = up(Settings.from_environment(), database)
    for note in links.notes:
        out.print(f"  note: {note}")
    out.print(f"  Prefect   {links.prefect}   (login in {links.login})")
    out.print(f"  MLflow    {links.mlflow}")
    out.print(f"  deployed  {_by_experiment(links.deployments)}")
    out.print(f"  Next:  source {links.environment}   |   seqflow retrain demo --remote")


def _by_experiment(deployments: Sequence[str]) -> str:
    """Flows and experiments, where every flow is deployed for each: `train | predict  demo`."""
    flows = list(dict.fromkeys(name.partition("/")[0] for name in deployments))
    names = list(dict.fromkeys(name.partition("/")[2] for name in deployments))
    if len(flows) * len(names) != len(deployments):
        return ", ".join(deployments)
    return f"{' | '.join(flows)}  of  {', '.join(names)}"


def run_down() -> None:
    """Stop everything that `up` started."""
    from cli.servers import down

    out = console()
    with steps_shown(out):
        ended = down(Settings.from_environment())
    if not ended:
        out.print("  nothing was running")


def run_doctor(*, fix: bool) -> None:
    """Print each finding with its cure; what is safe is mended first when asked for.

    Raises:
        EnvironmentProblem: If something will not work until it is cured.
    """
    from cli.doctor import doctor
    from cli.doctor_home import mend

    out = console()
    if fix:
        for done in mend(Settings.from_environment().home):
            out.print(f"  {done}", markup=False)
    findings = doctor(Settings.from_environment())
    for finding in findings:
        out.print(f"  {finding.problem}\n    cure: {finding.cure}")
    if blocking := sum(finding.blocking for finding in findings):
        raise EnvironmentProblem(
            f"{blocking} must be cured; each cure stands below its problem"
        )
    if not findings:
        out.print("  nothing found: versions, ports, servers and runs are in order")
