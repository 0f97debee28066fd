"""The sweep command: search settings, and show the best and what became of it."""

import os

from cli.console import console, print_json, steps_shown
from cli.experiments import Request, experiment_of
from cli.train import show_verdict, under_prefect, verdict_json
from configs.experiment import ExperimentConfig
from configs.settings import Settings


def run_sweep(
    request: Request,
    *,
    trials: int | None,
    parallel: int | None,
    reason: str,
    as_json: bool,
    debug: bool,
) -> None:
    """Search the settings of one experiment here; None leaves a number to the experiment."""
    settings = Settings.from_environment()
    experiment = _counted(experiment_of(request, settings.home), trials, parallel)
    out = console(as_json=as_json)
    with steps_shown(out), under_prefect(settings, debug=debug):
        from flows.sweep import sweep_flow

        found = sweep_flow(experiment, reason=reason)
    if as_json:
        sweep = {"sentence": found.sentence, "best": str(found.settings)}
        print_json(
            {**verdict_json(found.verdict), "sweep": {**sweep, "report": str(found.report)}}
        )
        return
    out.print(f"  {found.sentence}")
    out.print(f"  The sweep: {os.path.relpath(found.report)}")
    out.print(f"  Again:     seqflow train {os.path.relpath(found.settings)}")
    show_verdict(found.verdict, out, problem=experiment.data.problem, as_json=False)


def _counted(
    experiment: ExperimentConfig, trials: int | None, parallel: int | None
) -> ExperimentConfig:
    given = {"trials": trials, "parallel": parallel}
    changes = {name: number for name, number in given.items() if number is not None}
    sweep = experiment.sweep.model_copy(update=changes)
    return experiment.model_copy(update={"sweep": sweep})
