"""From the words of a command line to one experiment."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from cli.own_data import adopted, sql_source
from configs.data import OwnFile
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from configs.shipped import merged, preset, preset_names
from storage.errors import InputError
from storage.files import read_json
from storage.journal import read_records, run_states

_DEFAULT_PRESETS = {
    "classification": "sentiment",
    "events": "events",
    "tagging": "pos-tagging",
    "language_modelling": "alice",
    "translation": "translation",
}


@dataclass(frozen=True)
class Request:
    """The options of a command that say which experiment is meant.

    Attributes:
        target: Shipped preset, a YAML file, or an experiment that was run before; None takes
            the default preset of the problem.
        data: Own data, to be copied into the home folder under its digest.
        problem: What the model shall do; own data without a preset needs it.
        columns: Names of the columns in own data.
        format: How own data is read; None guesses by the file's suffix.
        query: SQL query, for a SQLite file or a database server.
        encoding: Text encoding of own data.
        name: Name of the model; own data goes by its file's stem without it.
        connection: Environment variable that holds a database server's address.
        settings: `path.to.setting=value` differences, values in YAML's spelling.
        target_file: Translations of the sentences in `data`, line by line.
        level: `character` or `word`: what is predicted of running text.
        told: `label`, `next-event` or `outcome`: what is told of the cases of an event log.
    """

    target: str | None = None
    data: Path | None = None
    problem: str | None = None
    columns: Mapping[str, str | None] | None = None
    format: str | None = None
    query: str | None = None
    encoding: str = "utf-8"
    name: str | None = None
    settings: Sequence[str] = ()
    connection: str | None = None
    target_file: Path | None = None
    level: str | None = None
    told: str | None = None

    @property
    def problem_named(self) -> str | None:
        """The problem, also where only names of columns or a second file tell it."""
        columns = self.columns or {}
        if self.problem is not None:
            return spelt(self.problem)
        if self.level is not None or self.format == "text":
            return "language_modelling"
        if self.format in ("conllu", "word_tags", "trees") or any(
            columns.get(name) for name in ("tokens", "tags")
        ):
            return "tagging"
        if self.is_log or any(columns.get(name) for name in ("events", "gaps")):
            return "events"
        of_pairs = any(columns.get(side) for side in ("source", "target"))
        return "translation" if of_pairs or self.target_file else None

    @property
    def is_log(self) -> bool:
        """Whether the data is a log of events, a row for each."""
        columns = self.columns or {}
        return self.told is not None or any(columns.get(name) for name in ("event", "time"))


def spelt(problem: str | None) -> str | None:
    """A problem as it is spelt in a config: `language-modelling` is `language_modelling`."""
    return problem and problem.replace("-", "_")


def values_of(request: Request, home: Path) -> dict[str, Any]:
    """The preset and differences that the request spells out, not yet resolved.

    Raises:
        InputError: If the target, the file or the name cannot be used.
    """
    values = _base(request, home)
    if request.data is not None:
        values = merged(values, _own_values(request, request.data, values, home))
    elif request.target_file is not None:
        raise InputError("--target-file goes with --data, the file that it translates")
    if request.connection is not None:
        values = merged(values, _values_of_query(request, request.connection, values))
    if request.name is not None:
        values = merged(values, {"name": request.name})
    return merged(values, settings_of(request.settings))


def experiment_of(request: Request, home: Path) -> ExperimentConfig:
    """The whole experiment that the request means.

    Raises:
        InputError: If the target, the file or the name cannot be used.
        ConfigError: If a setting cannot be used.
    """
    return read_experiment(values_of(request, home))


def own_file(request: Request, home: Path) -> OwnFile | None:
    """The request's data, copied into the home folder under its digest; None without any.

    Raises:
        InputError: If the file cannot be used.
    """
    if request.data is None:
        return None
    return adopted(
        request.data,
        home,
        target_file=request.target_file,
        format=request.format,
        query=request.query,
        encoding=request.encoding,
        problem=request.problem_named,
    )


def _base(request: Request, home: Path) -> dict[str, Any]:
    if request.target is not None:
        if request.target.endswith((".yaml", ".yml")):
            return _from_file(Path(request.target))
        if request.target in preset_names():
            return {"preset": request.target}
        return _of_last_run(request.target, home) or {"preset": request.target}
    problem = request.problem_named
    if (request.data is None and request.connection is None) or problem is None:
        raise InputError(
            f"name a preset ({', '.join(preset_names())}), a YAML file, "
            "or --data or --connection with --problem"
        )
    if problem not in _DEFAULT_PRESETS:
        known = ", ".join(_DEFAULT_PRESETS).replace("_", "-")
        raise InputError(f"there is no problem {problem!r}; use {known}")
    return {"preset": _DEFAULT_PRESETS[problem], **_levelled(request.level)}


def _levelled(level: str | None) -> dict[str, Any]:
    """What the level of running text sets; of words, rare ones stand for the unknown."""
    match level:
        case None:
            return {}
        case "character":
            return {"text": {"tokenizer": "characters"}}
        case "word":
            return {"text": {"tokenizer": "words", "min_frequency": 2}}
        case _:
            raise InputError(f"there is no level {level!r}; use character or word")


def _of_last_run(name: str, home: Path) -> dict[str, Any] | None:
    """The config of the newest run of an experiment that is no preset; None without a run.

    Trials of a sweep do not count: they have settings that nobody chose.
    """
    for state in reversed(list(run_states(home))):
        path = state.folder / "config.json"
        if state.experiment == name and path.is_file() and not _is_trial(state.folder):
            values = cast(dict[str, Any], read_json(path))
            data = values["data"]
            resolved = ("version", "added")  # the newest version is wanted, not that run's
            values["data"] = {key: data[key] for key in data if key not in resolved}
            return values
    return None


def _is_trial(run: Path) -> bool:
    from tracking.runs import TRIAL_TAG

    return any(
        record["kind"] == "tag" and record["key"] == TRIAL_TAG for record in read_records(run)
    )


def _from_file(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} holds {type(content).__name__}; an experiment is a mapping")
    return {"name": path.stem, **content}


def _own_values(
    own: Request, path: Path, values: Mapping[str, Any], home: Path
) -> dict[str, Any]:
    """What own data changes: the file, its columns, and the name it goes by."""
    stem = path.stem if own.target_file is None else path.stem.partition(".")[0]
    given = _own_name(own.name, stem)
    file = own_file(own, home)
    assert file is not None
    source = {"file": file.model_dump(mode="json"), "sql": None}
    return {"name": given, "data": _own_data(own, given, values) | source}


def _values_of_query(
    own: Request, connection: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """What the rows of a database server change."""
    if own.data is not None or own.query is None:
        raise InputError('--connection goes with --query "SELECT …", and without --data')
    given = _own_name(own.name, connection.lower())
    sql = sql_source(connection, own.query).model_dump(mode="json")
    return {
        "name": given,
        "data": _own_data(own, given, values) | {"sql": sql, "file": None},
    }


def _own_name(name: str | None, stem: str) -> str:
    given = name or re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._") or "own-data"
    if given in preset_names():
        raise InputError(
            f"own data would land under the shipped name {given!r}; give it another by --name"
        )
    return given


def _own_data(own: Request, dataset: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "problem": spelt(own.problem) or _problem_of(values),
        "columns": {key: value for key, value in (own.columns or {}).items() if value},
        "rows": None,
        # what a preset takes out of its own posts may be all there is in others
        "remove": values.get("data", {}).get("remove", ()),
        **_logged(own),
    }


def _logged(own: Request) -> dict[str, Any]:
    """What a log of events sets, or a table of whole sequences."""
    columns = own.columns or {}
    if not own.is_log:
        whole = any(columns.get(name) for name in ("events", "gaps"))
        return {"events": {"log": False, "target": "label"}} if whole else {}
    return {"events": {"log": True, **({"target": spelt(own.told)} if own.told else {})}}


def _problem_of(values: Mapping[str, Any]) -> str:
    base = merged(preset(values["preset"]), values) if values.get("preset") else values
    return str(base.get("data", {}).get("problem", "classification"))


def settings_of(settings: Sequence[str]) -> dict[str, Any]:
    """`a.b=1` as nested mappings; later ones win."""
    result: dict[str, Any] = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not path:
            raise InputError(f"--set {setting!r} is not of the form path.to.setting=value")
        try:
            value: Any = yaml.safe_load(text)
        except yaml.YAMLError:
            if text.startswith("%"):  # as %d.%m.%Y, which YAML takes for a directive
                result = merged(result, _nested(path, text))
                continue
            raise InputError(f"--set {path}: {text!r} is not a value in YAML") from None
        result = merged(result, _nested(path, value))
    return result


def _nested(path: str, value: Any) -> dict[str, Any]:
    """`a.b` and a value as `{a: {b: value}}`."""
    for part in reversed(path.split(".")):
        value = {part: value}
    return cast(dict[str, Any], value)
