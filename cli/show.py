"""The show command: presets, a preset's config, datasets."""

import yaml

from cli.console import console, print_table
from configs.messages import read_experiment
from configs.shipped import preset_names, preset_path
from storage.errors import InputError


def run_show(what: str, name: str | None) -> None:
    """Print the list or the config that was asked for."""
    match what:
        case "presets":
            _presets()
        case "datasets":
            _datasets()
        case "config":
            _config(name)
        case _:
            raise InputError(f"cannot show {what!r}; use presets, datasets or config NAME")


def _presets() -> None:
    rows = []
    for name in preset_names():
        experiment = read_experiment({"preset": name})
        rows.append((name, experiment.data.problem, experiment.network.kind, _what_it_is(name)))
    print_table(console(), "", ("preset", "problem", "network", "what it is"), rows)


def _what_it_is(name: str) -> str:
    """The preset's header, up to the line that says how it is run."""
    lines = preset_path(name).read_text(encoding="utf-8").partition("# Run:")[0].splitlines()
    return " ".join(line.removeprefix("#").strip() for line in lines)


def _datasets() -> None:
    from corpora.catalogue import datasets

    rows = [(entry.name, entry.problem, entry.title, entry.licence) for entry in datasets()]
    print_table(console(), "", ("dataset", "problem", "what it is", "licence"), rows)


def _config(name: str | None) -> None:
    if name is None:
        raise InputError(f"name the preset: {', '.join(preset_names())}")
    experiment = read_experiment({"preset": name})
    content = yaml.safe_dump(experiment.model_dump(mode="json"), sort_keys=False)
    print(content, end="")
