"""From any of data, run, model version, alias to all the others.

The journals and manifests of the home are the truth, MLflow's tags the view that other machines
have of it; each fills in what the other lacks, and what neither knows is said.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from storage.errors import InputError
from storage.journal import run_states
from tracking.limits import first_line
from tracking.logged_model import BUNDLE_TAG
from tracking.mlflow_run import RUN_TAG
from tracking.run_facts import RunFacts, from_journal, from_store
from tracking.shipping import registrations
from tracking.store import TrackingStore

if TYPE_CHECKING:
    from mlflow import MlflowClient

_PAGE = 1000
_SHORTEST_DIGEST = 6
_VERSION = re.compile(r"(?P<name>.+)(?:@(?P<alias>[^@/]+)|/(?P<number>\d+))")


class VersionFacts(NamedTuple):
    """A version of a model.

    Attributes:
        name: Registered name, prefix included.
        version: Its number.
        bundle: Digest of the bundle; empty for a stranger's.
        run: Run of ours that made it; empty for a stranger's.
        aliases: Its aliases.
        created: Milliseconds since 1970.
    """

    name: str
    version: int
    bundle: str
    run: str = ""
    aliases: tuple[str, ...] = ()
    created: int = 0


@dataclass(frozen=True)
class Known:
    """All runs and versions that the home and the store know of.

    Attributes:
        runs: Newest last.
        versions: By name and number.
        unknown: Sentences about what could not be found out.
    """

    runs: Sequence[RunFacts]
    versions: Sequence[VersionFacts]
    unknown: Sequence[str] = ()


@dataclass(frozen=True)
class Lineage:
    """What hangs together with the thing asked about.

    Attributes:
        question: What was asked about.
        runs: The runs, oldest first; each tells its data.
        versions: The versions, by name and number.
        unknown: Sentences about what could not be found out.
    """

    question: str
    runs: Sequence[RunFacts]
    versions: Sequence[VersionFacts]
    unknown: Sequence[str] = field(default=())


def known(home: Path, store: TrackingStore) -> Known:
    """All that the home's journals and the store tell; a store that is gone is only told."""
    here = _journals(home, store)
    unknown: list[str] = []
    try:
        client = store.client()
        there, versions = _runs(client), list(_versions(client))
    except Exception as problem:  # noqa: BLE001 - the journals still tell their part
        unknown.append(
            f"MLflow at {store.shown} does not answer ({first_line(problem)}): versions are "
            "those of the journals here, aliases and other machines' runs are unknown"
        )
        there, versions = {}, list(_registered(home, store))
    names = [*there, *(name for name in here if name not in there)]
    runs = [_together(here.get(name), there.get(name)) for name in names]
    return Known(sorted(runs, key=lambda run: run.started), sorted(versions), unknown)


def trace(known: Known, question: str, *, prefix: str = "") -> Lineage:
    """Everything that hangs together with a run, a version, an alias or a digest.

    Args:
        known: What there is.
        question: A run's id, here or in MLflow; `model@alias`; `model/3`; the first six or
            more digits of a digest of data or of a bundle.
        prefix: What the registry's names begin with.

    Raises:
        InputError: If nothing is known by that name.
    """
    named = _VERSION.fullmatch(question)
    if named:
        version = _version(known, named, prefix=prefix)
        return _of_versions(known, question, [version])
    runs = [run for run in known.runs if question in (run.run, run.mlflow_run)]
    if runs:
        return _of_runs(known, question, runs)
    if re.fullmatch(f"[0-9a-f]{{{_SHORTEST_DIGEST},64}}", question):
        runs = [run for run in known.runs if _begins(question, run.data_digests())]
        if runs:
            return _of_runs(known, question, runs)
        versions = [each for each in known.versions if each.bundle.startswith(question)]
        if versions:
            return _of_versions(known, question, versions)
    raise InputError(_nothing(known, question))


def of_bundle(known: Known, question: str, *, name: str, version: int, bundle: str) -> Lineage:
    """The same for the version that answered for a file of predictions.

    A version that the registry lost is still told, from what the file says of it.
    """
    found = [each for each in known.versions if (each.name, each.version) == (name, version)]
    return _of_versions(known, question, found or [VersionFacts(name, version, bundle)])


def comes_from(version: VersionFacts, run: RunFacts) -> bool:
    """Whether the version is the bundle of the run, made by it or by an earlier one."""
    by_run = bool(version.run) and version.run in (run.run, run.tags.get("reused_run"))
    return by_run or run.bundles.get(version.name, "-") == version.bundle


def _of_runs(known: Known, question: str, runs: Sequence[RunFacts]) -> Lineage:
    versions = [each for each in known.versions if any(comes_from(each, run) for run in runs)]
    return Lineage(question, runs, versions, [*known.unknown, *_gaps(runs, versions)])


def _of_versions(known: Known, question: str, versions: Sequence[VersionFacts]) -> Lineage:
    runs = [run for run in known.runs if any(comes_from(each, run) for each in versions)]
    return Lineage(question, runs, versions, [*known.unknown, *_gaps(runs, versions)])


def _gaps(runs: Sequence[RunFacts], versions: Sequence[VersionFacts]) -> Iterator[str]:
    for run in runs:
        name = run.run or run.mlflow_run
        if not run.is_here:
            yield f"the steps of run {name}: its journal is not in this home"
        if not run.data:
            yield f"the data of run {name}: it ended before that was told"
    for each in versions:
        if not any(comes_from(each, run) for run in runs):
            yield f"the run that made {each.name} v{each.version}: neither here nor in MLflow"


def _version(known: Known, named: "re.Match[str]", *, prefix: str) -> VersionFacts:
    name = prefix + named["name"]
    versions = [each for each in known.versions if each.name == name]
    if not versions:
        names = sorted({each.name for each in known.versions})
        raise InputError(
            f"there is no model {name!r}; known are {', '.join(names) or 'none yet'}"
            f"{_gap(known)}"
        )
    for each in versions:
        if named["alias"] in each.aliases or named["number"] == str(each.version):
            return each
    listed = ", ".join(f"v{each.version}{_at(each)}" for each in versions)
    raise InputError(f"{name} has no {named.group()[len(named['name']) :]}; it has {listed}")


def _at(version: VersionFacts) -> str:
    return "".join(f" @{alias}" for alias in version.aliases)


def _nothing(known: Known, question: str) -> str:
    newest = [run.run for run in known.runs[-3:] if run.run]
    hint = f"the newest runs are {', '.join(newest)}" if newest else "there are no runs yet"
    return (
        f"nothing is known by {question!r}: no file, run, version (model/3), alias "
        f"(model@champion) or digest of {_SHORTEST_DIGEST} or more digits; {hint}{_gap(known)}"
    )


def _gap(known: Known) -> str:
    return f" ({known.unknown[0]})" if known.unknown else ""


def _begins(question: str, digests: set[str]) -> bool:
    return any(digest.startswith(question) for digest in digests)


def _together(here: RunFacts | None, there: RunFacts | None) -> RunFacts:
    if here and there:
        return here.together_with(there)
    found = here or there
    assert found is not None
    return found


def _journals(home: Path, store: TrackingStore) -> dict[str, RunFacts]:
    folders = [state.folder for state in run_states(home)]
    facts = (from_journal(folder, home=home, uri=store.uri) for folder in folders)
    return {each.run: each for each in facts if each}


def _registered(home: Path, store: TrackingStore) -> Iterator[VersionFacts]:
    """Versions as the journals remember them, without aliases."""
    seen = set()
    for state in run_states(home):
        for each in registrations(state.folder, store):
            if (each.name, each.version) not in seen:
                seen.add((each.name, each.version))
                maker = "" if each.reused else state.folder.name
                yield VersionFacts(each.name, each.version, each.bundle, maker)


def _runs(client: "MlflowClient") -> dict[str, RunFacts]:
    names = {each.experiment_id: each.name for each in client.search_experiments()}
    found = _pages(
        lambda token: client.search_runs(
            list(names), f"tags.`{RUN_TAG}` != ''", max_results=_PAGE, page_token=token
        )
    )
    runs = (from_store(each, experiment=names[each.info.experiment_id]) for each in found)
    return {run.run: run for run in runs}


def _versions(client: "MlflowClient") -> Iterator[VersionFacts]:
    aliases: dict[tuple[str, str], list[str]] = {}
    models = _pages(
        lambda token: client.search_registered_models(max_results=_PAGE, page_token=token)
    )
    for model in models:
        held: Mapping[str, Any] = model.aliases
        for alias, number in held.items():
            aliases.setdefault((model.name, str(number)), []).append(alias)
    found = _pages(
        lambda token: client.search_model_versions(max_results=_PAGE, page_token=token)
    )
    for each in found:
        yield VersionFacts(
            name=each.name,
            version=int(each.version),
            bundle=each.tags.get(BUNDLE_TAG, ""),
            run=each.tags.get(RUN_TAG, ""),
            aliases=tuple(sorted(aliases.get((each.name, str(each.version)), []))),
            created=each.creation_timestamp or 0,
        )


def _pages(page: Callable[[str | None], Any]) -> Iterator[Any]:
    token: str | None = None
    while True:
        found = page(token)
        yield from found
        token = found.token
        if not token:
            return
