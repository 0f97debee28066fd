"""What a run shows of itself: name, description, tags, parameters, scores, data, model.

All of it goes into the journal, so nothing here needs MLflow to answer.
"""

import json
import math
import statistics
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from configs.base import Config
from configs.experiment import ExperimentConfig
from configs.shipped import preset_names
from storage.files import Json, file_digest
from storage.journal import Journal
from tracking.figures import MAX_PARAMS

Trigger = Literal["manual", "schedule", "event", "drift"]
DESCRIPTION_TAG = "mlflow.note.content"
TABLES_TAG = "mlflow.loggedArtifacts"
PARENT_TAG = "seqflow.parent"
TRIAL_TAG = "trial"
_CODE = Path(__file__).parent.parent
_GIT_SECONDS = 5.0
_NAMED_DIFFERENCES = 3
_SECTIONS = ("network", "training", "text", "decoding", "data", "promotion")


class GitState(NamedTuple):
    """Commit of the code, and whether files differ from it."""

    commit: str
    dirty: bool


@dataclass(frozen=True)
class Origin:
    """Why a run happens, and with what.

    Attributes:
        trigger: What started it.
        reason: A person's or a schedule's words; may be empty.
        data_version: Digest of the split tables.
        device: Resolved device, as `cpu` or `cuda`.
        lock_file: File of the locked package versions, where there is one.
        links: Further addresses by name, such as the run's page in Prefect.
    """

    trigger: Trigger
    reason: str
    data_version: str
    device: str
    lock_file: Path | None = None
    links: Mapping[str, str] = field(default_factory=dict)


class Setting(NamedTuple):
    """One value of a config: dotted path, value, and whether it is the class's default."""

    path: str
    value: Json
    is_default: bool


def run_name(experiment: ExperimentConfig) -> str:
    """What ran, for people: the name, and where it departs from its preset.

    `sentiment dropout=0.5 rows=900`, or `reviews BiLSTM` where nothing departs. Lists cut
    names short, so the network comes before the data, and sections are left out where the
    setting is known without.
    """
    changes = differences(experiment)
    if not changes:
        return f"{experiment.name} {experiment.network.title}"
    last_names = Counter(each.path.rpartition(".")[2] for each in settings_of(experiment))
    shown = []
    for path in sorted(changes, key=_place_of_section)[:_NAMED_DIFFERENCES]:
        last = path.rpartition(".")[2]
        shown.append(f"{last if last_names[last] == 1 else path}={changes[path]}")
    more = len(changes) - len(shown)
    return " ".join([experiment.name, *shown, *([f"+{more} more"] if more else [])])


def differences(experiment: ExperimentConfig) -> dict[str, Json]:
    """Settings that depart from the preset, by path; those of the data's origin left out."""
    if experiment.preset not in preset_names():
        return {}
    preset = ExperimentConfig.model_validate({"preset": experiment.preset})
    before = {setting.path: setting.value for setting in settings_of(preset)}
    origin = ("dataset", "file", "columns", "version", "added")
    own = ("name", "preset", "sweep", *(f"data.{each}" for each in origin))
    return {
        setting.path: setting.value
        for setting in settings_of(experiment)
        if before.get(setting.path) != setting.value and not setting.path.startswith(own)
    }


def parameters_of(experiment: ExperimentConfig) -> dict[str, Json]:
    """The settings MLflow shows: at most 60, those set before those left at their default."""
    shown = [
        setting
        for setting in settings_of(experiment)
        if setting.path.partition(".")[0] in _SECTIONS
        and setting.value is not None
        and setting.path != "data.added"  # told by the version and the digests
    ]
    shown.sort(key=lambda each: (each.is_default, _place_of_section(each.path)))
    return {setting.path: setting.value for setting in shown[:MAX_PARAMS]}


def _place_of_section(path: str) -> int:
    """Where the setting's section stands among those shown; one not shown comes last."""
    section = path.partition(".")[0]
    return _SECTIONS.index(section) if section in _SECTIONS else len(_SECTIONS)


def settings_of(config: Config, prefix: str = "") -> Iterator[Setting]:
    """All values of a config and of those inside it, in the order of the classes."""
    dumped = config.model_dump(mode="json")
    for name, definition in type(config).model_fields.items():
        value = getattr(config, name)
        if isinstance(value, Config):
            yield from settings_of(value, f"{prefix}{name}.")
        else:
            default = definition.get_default(call_default_factory=True, validated_data={})
            yield Setting(prefix + name, dumped[name], value == default)


def describe(journal: Journal, experiment: ExperimentConfig, origin: Origin) -> None:
    """Write the run's tags and parameters."""
    tags = {
        "preset": experiment.preset or "",
        "trigger": origin.trigger,
        "reason": origin.reason,
        "data_version": origin.data_version,
        "device": origin.device,
    }
    git = git_state(_CODE)
    if git:
        tags |= {"mlflow.source.git.commit": git.commit, "git_dirty": str(git.dirty).lower()}
    if origin.lock_file is not None and origin.lock_file.is_file():
        tags["lock_digest"] = file_digest(origin.lock_file)
    tags |= {f"link.{name}": address for name, address in origin.links.items()}
    for key, value in tags.items():
        if value:
            journal.tag(key, value)
    for path, setting in parameters_of(experiment).items():
        journal.param(path, setting)


def record_verdict(journal: Journal, verdict: str) -> None:
    """Make the verdict the run's description."""
    journal.tag(DESCRIPTION_TAG, described(verdict))


def record_table(journal: Journal, path: str) -> None:
    """Have MLflow's UI set a table of this run beside those of others.

    Args:
        journal: Of the run.
        path: Artifact path of a JSON file in pandas' `split` form.
    """
    journal.tag(TABLES_TAG, json.dumps([{"path": path, "type": "table"}]))


def described(sentence: str) -> str:
    """The sentence for MLflow, which would take an interval with its (p=…) for a link."""
    return sentence.replace("[", "\\[").replace("]", "\\]")


def record_scores(journal: Journal, scores: Mapping[str, float]) -> None:
    """Write final scores, once and without a step, so that they are columns in MLflow."""
    for key, value in scores.items():
        journal.metric(key, value)


def record_reuse(journal: Journal, *, reused_run: str) -> None:
    """Say that the run computed nothing, and which run did."""
    journal.tag("reused_run", reused_run)


def record_dataset(
    journal: Journal, name: str, *, context: str, digest: str, source: str, rows: int
) -> None:
    """Name a data set that goes in.

    Args:
        journal: The run's.
        name: Of the dataset.
        context: train, validation or test.
        digest: sha256 of the split's tables.
        source: Address or path it came from.
        rows: How many.
    """
    journal.record(
        "dataset", name=name, context=context, digest=digest, source=source, rows=rows
    )


def record_model(
    journal: Journal, bundle: Path, *, name: str, verdict: str, evaluation: Path | None = None
) -> str:
    """Ask for the bundle to be registered under the name (prefix included).

    Args:
        journal: The run's.
        bundle: Its folder.
        name: In the registry.
        verdict: One sentence, which becomes the version's description.
        evaluation: Folder of its scores and predictions, by which it is compared later.

    Returns:
        The bundle's digest, by which the registry knows it.
    """
    digest = file_digest(bundle / "manifest.json")
    journal.record(
        "model",
        bundle=str(bundle),
        name=name,
        digest=digest,
        description=described(verdict),
        evaluation=str(evaluation or ""),
    )
    return digest


def record_parent(journal: Journal, *, parent: str) -> None:
    """Show the run below the parent's in MLflow, as one seed of several."""
    journal.tag(PARENT_TAG, parent)


def record_trial(journal: Journal, *, number: int, pruned: bool = False) -> None:
    """Say which trial of its sweep the run is, and whether it was ended early."""
    journal.tag(TRIAL_TAG, str(number))
    if pruned:
        journal.tag("pruned", "true")


def record_spread(journal: Journal, seeds: Sequence[Mapping[str, float]]) -> None:
    """Write mean and spread of the seeds' scores to the parent's journal.

    The spread is the sample standard deviation; a metric that some seed lacks is left out.
    """
    shared = set(seeds[0]).intersection(*seeds[1:]) if seeds else set()
    for key in sorted(shared):
        values = [scores[key] for scores in seeds]
        if all(map(math.isfinite, values)):
            journal.metric(f"{key}/mean", statistics.fmean(values))
            if len(values) > 1:
                journal.metric(f"{key}/spread", statistics.stdev(values))


def git_state(folder: Path) -> GitState | None:
    """State of the repository around the folder; None without one, or without git."""
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain")
    return None if commit is None or changes is None else GitState(commit, bool(changes))


def _git(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_GIT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
