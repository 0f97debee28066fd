"""The train and retrain commands: run the flow here or remotely, and show the verdict."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cli.console import console, print_json, steps_shown
from cli.experiments import Request, experiment_of, values_of
from cli.server_files import use_running_servers
from cli.warm_up import load_meanwhile
from configs.data import Problem
from configs.settings import Settings, apply_safe_defaults
from storage.errors import EnvironmentProblem
from storage.files import Json

if TYPE_CHECKING:
    from tasks.verdict import Verdict


def run_train(request: Request, *, seeds: int, reason: str, as_json: bool, debug: bool) -> None:
    """Train one experiment here, over one or several seeds."""
    settings = Settings.from_environment()
    experiment = experiment_of(request, settings.home)
    out = console(as_json=as_json)
    with steps_shown(out), under_prefect(settings, debug=debug):
        if seeds == 1:
            from flows.train import train_flow

            verdict = train_flow(experiment, reason=reason)
        else:
            from flows.seeds import train_seeds_flow

            verdict = train_seeds_flow(experiment, seeds=seeds, reason=reason)
    show_verdict(verdict, out, problem=experiment.data.problem, as_json=as_json)


def run_retrain(
    request: Request, *, remote: bool, reason: str, as_json: bool, debug: bool
) -> None:
    """Train again, here or through the deployment that `seqflow up` made."""
    settings = Settings.from_environment()
    experiment = experiment_of(request, settings.home)
    out = console(as_json=as_json)
    if remote:
        from cli.servers import retrain_remote

        links = retrain_remote(settings, values_of(request, settings.home), reason)
        out.print(f"{experiment.name}: {links.state}\n  {links.flow_run}")
        return
    with steps_shown(out), under_prefect(settings, debug=debug):
        from flows.retrain import retrain_flow

        verdict = retrain_flow(experiment=experiment, reason=reason)
    show_verdict(verdict, out, problem=experiment.data.problem, as_json=as_json)


def show_verdict(verdict: "Verdict", out: Console, *, problem: Problem, as_json: bool) -> None:
    """The verdict, where the report lies, and what may come next."""
    if as_json:
        print_json(verdict_json(verdict))
        return
    out.print(f"  {verdict.sentence}")
    if verdict.version is None:
        standing = f"{verdict.model} is not yet registered; `seqflow sync` does it later"
    else:
        alias = f" is @{verdict.alias}" if verdict.alias else ""
        standing = f"{verdict.model} v{verdict.version}{alias}"
    out.print(f"  {standing}.   Report: {os.path.relpath(verdict.report)}")
    if verdict.promotion:
        out.print(f"  Why: {verdict.promotion}")
    link = verdict.link or _link_of_own_server(verdict)
    if link:
        out.print(f"  Compare: {link}")
    if shutil.which("seqflow") is None:
        activate = Path(sys.prefix) / "bin" / "activate"
        if activate.is_relative_to(Path.cwd()):
            out.print(f"  Next:  source {activate.relative_to(Path.cwd())}")
    short = verdict.model.removeprefix(Settings.from_environment().registry_prefix)
    which = "" if verdict.alias == "champion" else f" --version {verdict.version}"
    asked = f'generate {short} --prompt "…"'
    if problem != "language_modelling":
        asked = f'predict {short} "…"'
    use = "" if verdict.version is None else f"seqflow {asked}{which}   |   "
    out.print(f"  Next:  {use}seqflow up")


def verdict_json(verdict: "Verdict") -> dict[str, Json]:
    """The verdict as --json prints it."""
    return {
        "model": verdict.model,
        "version": verdict.version,
        "alias": verdict.alias,
        "verdict": verdict.sentence,
        "promotion": verdict.promotion,
        "report": str(verdict.report),
        "run": verdict.run,
        "link": verdict.link,
    }


def _link_of_own_server(verdict: "Verdict") -> str | None:
    """The comparison page on the MLflow server of `seqflow up`, if it runs."""
    from cli.server_files import recall
    from tracking.links import comparison_link
    from tracking.store import TrackingStore

    settings = Settings.from_environment()
    server = recall(settings.home, "mlflow")
    if server is None or not server.alive:
        return None
    store = TrackingStore.from_settings(settings)
    return comparison_link(store, verdict.experiment, server=server.address)


@contextmanager
def under_prefect(settings: Settings, *, debug: bool) -> Iterator[None]:
    """Prefect set up for a command: quiet on the console, its absence explained.

    Raises:
        EnvironmentProblem: If the server that the environment names does not answer.
    """
    use_running_servers(settings.home)
    apply_safe_defaults(settings)
    if not debug:
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    load_meanwhile(settings)
    try:
        yield
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        raise EnvironmentProblem(
            f"Prefect does not answer at {os.environ.get('PREFECT_API_URL', 'its profile')}; "
            "start it with `seqflow up`, or unset PREFECT_API_URL to run without a server"
        ) from None
