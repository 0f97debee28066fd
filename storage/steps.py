"""Steps that are done once: a manifest decides reuse, tells what changed, and gives lineage."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from storage.faults import fault_point
from storage.files import Json, digest_of_json, folder_digests, read_json, write_json
from storage.locks import locked

MANIFEST = "manifest.json"
Facts = Mapping[str, Json]
_LONGEST_VALUE = 60
"""Characters of a setting in the reason for doing a step again."""


@dataclass(frozen=True)
class StepKey:
    """Everything that decides what a step puts out.

    Attributes:
        name: The step's name, one of the user's words.
        inputs: Output digest by name of what it reads.
        parameters: Settings it depends on, as plain JSON values.
        code: sha256 by file, from :func:`storage.code.code_digests`.
        packages: Version by distribution that the code imports.
    """

    name: str
    inputs: Mapping[str, str]
    parameters: Facts
    code: Mapping[str, str]
    packages: Mapping[str, str]

    @property
    def digest(self) -> str:
        """sha256 of the whole key, in hex."""
        return digest_of_json(cast(Json, asdict(self)))


@dataclass(frozen=True)
class StepResult:
    """Where a step's outputs lie, and how they came about.

    Attributes:
        folder: Outputs and `manifest.json`.
        digest: sha256 over the outputs' names and contents; later steps take it as input.
        facts: The small values that the step's work returned.
        reused: True when nothing had to be done.
        reason: Why it was reused, or what changed since the subject's last result.
        seconds: Time spent now, checks included.
    """

    folder: Path
    digest: str
    facts: Facts
    reused: bool
    reason: str
    seconds: float


def step_folder(home: Path, key: StepKey) -> Path:
    """The folder that belongs to the key, whether or not it is there yet."""
    return home / "steps" / key.name / key.digest[:16]


def run_step(
    home: Path,
    key: StepKey,
    work: Callable[[Path], Facts],
    *,
    subject: str = "",
    keep_partial: bool = False,
) -> StepResult:
    """Do the work in the key's folder, or return what an earlier run left there whole.

    Two processes with one key do the work once. A result whose files no longer match their
    digests is done again, never used.

    Args:
        home: The home folder.
        key: What decides the outputs.
        work: Writes its outputs below the folder it is given; returns facts for the manifest.
        subject: Whose last result the reason compares with: the experiment's name.
        keep_partial: Leave an unfinished attempt's files there, for work that resumes itself.

    Raises:
        Whatever `work` raises; no manifest is written then.
    """
    begun = time.monotonic()
    folder = step_folder(home, key)
    pointer = home / "steps" / key.name / "latest" / f"{subject}.json"
    with locked(folder.with_suffix(".lock")):
        fault_point(f"{key.name}.start")
        manifest = read_manifest(folder)
        damage = damaged_output(folder, manifest) if manifest else None
        reused = manifest is not None and damage is None
        if reused:
            (folder / MANIFEST).touch()  # when it was last of use, for clearing up
            reason = f"nothing changed since {_text(manifest, 'created')}"
        else:
            reason = damage or _changes(home, pointer, key)
            if not keep_partial or damage:
                shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            manifest = _worked(folder, key, work)
        write_json(pointer, {"digest": key.digest})
        fault_point(f"{key.name}.end")
    assert manifest is not None
    return StepResult(
        folder=folder,
        digest=_text(manifest, "digest"),
        facts=cast(Facts, manifest["facts"]),
        reused=reused,
        reason=reason,
        seconds=time.monotonic() - begun,
    )


def _worked(folder: Path, key: StepKey, work: Callable[[Path], Facts]) -> Facts:
    begun = time.monotonic()
    facts = work(folder)
    fault_point(f"{key.name}.commit")
    outputs = folder_digests(folder)
    manifest: Facts = {
        "step": key.name,
        "key": key.digest,
        "digest": digest_of_json({name: digest for name, (_, digest) in outputs.items()}),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - begun, 3),
        "inputs": key.inputs,
        "parameters": key.parameters,
        "code": key.code,
        "packages": key.packages,
        "facts": facts,
        "outputs": {name: {"bytes": size, "sha256": d} for name, (size, d) in outputs.items()},
    }
    write_json(folder / MANIFEST, manifest)
    return manifest


def read_manifest(folder: Path) -> Facts | None:
    """The manifest of a finished step, or None when the step never ended well."""
    path = folder / MANIFEST
    return cast(Facts, read_json(path)) if path.is_file() else None


def damaged_output(folder: Path, manifest: Facts) -> str | None:
    """Why the outputs are not what the manifest says, or None when they are whole."""
    promised = cast(Mapping[str, Mapping[str, Json]], manifest["outputs"])
    found = folder_digests(folder)
    for name, output in promised.items():
        if name not in found:
            return f"{folder / name} is gone"
        if found[name][1] != output["sha256"]:
            return (
                f"{folder / name} is damaged: sha256 {found[name][1][:12]}… "
                f"instead of {str(output['sha256'])[:12]}…"
            )
    return None


def _changes(home: Path, pointer: Path, key: StepKey) -> str:
    """What differs from the subject's last result, in one line."""
    if not pointer.is_file():
        return "first time"
    last = cast(Mapping[str, str], read_json(pointer))["digest"]
    folder = home / "steps" / key.name / last[:16]
    if not folder.is_dir():
        return "the last result was removed"
    manifest = read_manifest(folder)
    if manifest is None:
        return "the last attempt did not finish"
    if manifest["key"] == key.digest:
        return "the last result was removed"
    return ", ".join(_differences(manifest, key)) or "changed"


def _differences(manifest: Facts, key: StepKey) -> Iterator[str]:
    old, new = _flat(manifest["parameters"]), _flat(key.parameters)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield _change(name, old.get(name), new.get(name))
    yield from _differing(manifest["code"], key.code, versions=False)
    yield from _differing(manifest["packages"], key.packages, versions=True)
    inputs = cast(Mapping[str, str], manifest["inputs"])
    for name in sorted(key.inputs.keys() | inputs.keys()):
        if inputs.get(name) != key.inputs.get(name):
            yield f"input {name} changed"


def _change(name: str, old: Json, new: Json) -> str:
    """Both values; lists as long as those of added files only by their number."""
    before, after = _short(old), _short(new)
    return f"`{name}` changed" if before == after else f"`{name}` {before} → {after}"


def _short(value: Json) -> str:
    text = str(value)
    if len(text) <= _LONGEST_VALUE:
        return text
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"{len(value):,} of them"
    return f"{text[: _LONGEST_VALUE - 1]}…"


def _differing(old: Json, new: Mapping[str, str], *, versions: bool) -> Iterator[str]:
    before = cast(Mapping[str, str], old)
    for name in sorted(before.keys() | new.keys()):
        if before.get(name) != new.get(name):
            yield f"`{name}` {before.get(name)} → {new.get(name)}" if versions else f"`{name}`"


def _flat(value: Json, prefix: str = "") -> dict[str, Json]:
    """Leaves of nested mappings by dotted path."""
    if not isinstance(value, Mapping):
        return {prefix: value}
    return {
        path: leaf
        for name, child in value.items()
        for path, leaf in _flat(child, f"{prefix}.{name}" if prefix else name).items()
    }


def _text(manifest: Facts | None, name: str) -> str:
    assert manifest is not None
    return str(manifest[name])
