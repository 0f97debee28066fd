"""The shipped presets: YAML files beside this module, one per experiment."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "presets"


def preset_names() -> list[str]:
    """Names of all shipped presets, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def preset_path(name: str) -> Path:
    """File of a shipped preset.

    Raises:
        ValueError: If there is none of that name; the message holds the nearest.
    """
    names = preset_names()
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"there is no preset {name!r}; {hint}shipped are {', '.join(names)}")
    return FOLDER / f"{name}.yaml"


def preset(name: str) -> dict[str, Any]:
    """The content of a shipped preset, as plain values."""
    content: dict[str, Any] = yaml.safe_load(preset_path(name).read_text(encoding="utf-8"))
    return content


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Base with the changes laid over it, mapping by mapping.

    A mapping that names another `kind` replaces the base's whole: its keys belong to
    another class.
    """
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            same_kind = value.get("kind", old.get("kind")) == old.get("kind")
            result[key] = merged(old, value) if same_kind else dict(value)
        else:
            result[key] = value
    return result


def changed(base: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """What has to be laid over the base for it to become the whole; undoes `merged`."""
    changes: dict[str, Any] = {}
    for key, value in whole.items():
        old = base.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            same_kind = value.get("kind", old.get("kind")) == old.get("kind")
            inner = changed(old, value) if same_kind else dict(value)
            if inner:
                changes[key] = inner
        elif key not in base or value != old:
            changes[key] = value
    return changes
