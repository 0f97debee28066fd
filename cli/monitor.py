"""The monitor command: new data against the champion's; exit code 1 when it has drifted."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from cli.console import console, print_json
from cli.experiments import Request, experiment_of, own_file, settings_of
from cli.server_files import use_running_servers
from configs.data import Columns
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from configs.settings import Settings, apply_safe_defaults
from configs.shipped import merged, preset_names
from storage.files import Json

if TYPE_CHECKING:
    from tasks.drift import Champion, Look

_SHOWN = 3


def run_monitor(request: Request, *, reason: str, as_json: bool) -> int:
    """Compare, print the worst columns and where the report lies.

    Returns:
        The exit code: 1 where something drifted so far that it matters, else 0.
    """
    settings = Settings.from_environment()
    use_running_servers(settings.home)
    apply_safe_defaults(settings)
    from tasks.drift import find_champion, look

    assert request.target is not None
    known = request.target in preset_names() or request.target.endswith((".yaml", ".yml"))
    plain = Request(target=request.target, settings=request.settings)
    experiment = experiment_of(plain, settings.home) if known else None
    champion = find_champion(settings, experiment.name if experiment else request.target)
    experiment = experiment or _as_trained(champion, request)
    found = look(
        settings,
        champion,
        experiment.monitoring,
        data=own_file(replace(request, problem=experiment.data.problem), settings.home),
        columns=Columns.model_validate(request.columns or {}),
        trigger="manual",
        reason=reason,
    )
    if as_json:
        print_json(_plain(found))
    else:
        _print(found)
    if not found.drifted:
        return 0
    from tasks.monitor import tell  # which imports Prefect

    tell(found, experiment.name)
    return 1


def _as_trained(champion: "Champion", request: Request) -> ExperimentConfig:
    """The champion's own experiment with the command line's settings."""
    own = champion.experiment.model_dump(mode="json")
    return read_experiment(merged(own, settings_of(request.settings)))


def _print(found: "Look") -> None:
    out = console()
    out.print(f"  {found.sentence}")
    if found.drift is None:
        return
    for column in found.drift.columns[:_SHOWN]:
        mark = {"drifted": "!", "small": "~"}.get(column.outcome, " ")
        out.print(f"  {mark} {column.sentence()}")
    for note in found.notes:
        out.print(f"    {note}")
    if found.report is not None:
        out.print(f"  Report: {os.path.relpath(found.report)}")


def _plain(found: "Look") -> dict[str, Json]:
    drift = found.drift.to_json() if found.drift else {}
    return {
        "model": found.model,
        "data": found.data,
        "verdict": found.sentence,
        "drift": found.drifted,
        "notes": list(found.notes),
        "report": str(found.report) if found.report else None,
        "run": found.run,
        **drift,
    }
