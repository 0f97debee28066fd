"""A bundle: a folder with weights, configs and vocabularies, all that a prediction needs.

Nothing in it is a pickle. `manifest.json` is written last and names every file with its
digest; a folder without it is no bundle, and one that differs from it is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors import torch as safetensors
from torch import Tensor

from configs.base import Config
from configs.data import Problem
from configs.events import Gaps
from configs.networks import NetworkConfig
from configs.text import TextConfig
from configs.training import DecodingConfig
from models.networks.build import (
    ClassifierSizes,
    LanguageModelSizes,
    Network,
    Seq2SeqSizes,
    Sizes,
    TaggerSizes,
    build_network,
)
from models.text.vocabulary import Vocabulary
from storage.errors import InputError
from storage.files import atomic_write, write_text

FORMAT = 5
"""4 knew no events; 3 no running text; 2 no tagging; 1 no pieces of words or attention."""
WEIGHTS, CONFIG, MANIFEST = "weights.safetensors", "config.json", "manifest.json"
VOCABULARIES: Mapping[Problem, tuple[str, ...]] = {
    "classification": ("vocabulary",),
    "events": ("vocabulary",),
    "tagging": ("vocabulary", "characters"),
    "language_modelling": ("vocabulary",),
    "translation": ("source_vocabulary", "target_vocabulary"),
}
"""Names of a problem's vocabularies; each lies in a file of that name and `.txt`."""


class BundleConfig(Config):
    """What `config.json` holds."""

    format: int = FORMAT
    problem: Problem
    text: TextConfig
    network: NetworkConfig
    decoding: DecodingConfig
    labels: tuple[str, ...] = ()
    gaps: Gaps | None = None


class _ListedFile(Config):
    bytes: int
    sha256: str


class _Manifest(Config):
    format: int
    files: dict[str, _ListedFile]
    weights_digest: str


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle.

    Attributes:
        config: Its settings.
        vocabularies: Its vocabularies, named as in `VOCABULARIES`.
        network: The network with its weights, in evaluation mode.
        weights_digest: See :func:`weights_digest`.
    """

    config: BundleConfig
    vocabularies: Mapping[str, Vocabulary]
    network: Network
    weights_digest: str


def write_bundle(
    folder: Path,
    network: Network,
    *,
    config: BundleConfig,
    vocabularies: Mapping[str, Vocabulary],
) -> str:
    """Write a bundle into the folder, over an older one if there is one.

    Returns:
        The digest of the weights.

    Raises:
        ValueError: If the vocabularies are not those of the problem.
    """
    wanted = VOCABULARIES[config.problem]
    if set(vocabularies) != set(wanted):
        raise ValueError(
            f"a bundle for {config.problem} holds {' and '.join(wanted)}, "
            f"but {' and '.join(vocabularies) or 'none'} came"
        )
    weights = _state_of(network)
    contents = {
        WEIGHTS: safetensors.save(weights),
        CONFIG: (config.model_dump_json(indent=1) + "\n").encode(),
        **{f"{name}.txt": words.to_text().encode() for name, words in vocabularies.items()},
    }
    manifest = _Manifest(
        format=FORMAT,
        files={name: _listed(content) for name, content in sorted(contents.items())},
        weights_digest=_digest_of_tensors(weights),
    )
    (folder / MANIFEST).unlink(missing_ok=True)
    for name, content in contents.items():
        with atomic_write(folder / name) as file:
            file.write(content)
    write_text(folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")
    return manifest.weights_digest


def load_bundle(folder: Path, *, device: str | torch.device = "cpu") -> Bundle:
    """Read a bundle, every byte checked; torch's random state stays as it is.

    Raises:
        InputError: If it is unfinished, of a newer format, or not as it was written.
    """
    manifest = _read_manifest(folder)
    contents = _read_files(folder, manifest)
    config = _read_config(folder, contents)
    vocabularies = _read_vocabularies(folder, contents, VOCABULARIES[config.problem])
    weights = _read_weights(folder, contents[WEIGHTS], digest=manifest.weights_digest)
    with torch.random.fork_rng(devices=[]):  # the meta device would import torch._dynamo: 4 s
        network = build_network(config.network, _sizes_of(config, vocabularies))
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise InputError(
            f"{folder / WEIGHTS} does not fit {CONFIG} beside it: {error}"
        ) from error
    return Bundle(config, vocabularies, network.to(device).eval(), manifest.weights_digest)


def weights_digest(network: torch.nn.Module) -> str:
    """sha256, in hex, of names, types, shapes and values of all weights, bit by bit."""
    return _digest_of_tensors(_state_of(network))


def _state_of(network: torch.nn.Module) -> dict[str, Tensor]:
    return {name: t.detach().cpu().contiguous() for name, t in network.state_dict().items()}


def _digest_of_tensors(tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _listed(content: bytes) -> _ListedFile:
    return _ListedFile(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _sizes_of(config: BundleConfig, vocabularies: Mapping[str, Vocabulary]) -> Sizes:
    sizes = [len(vocabularies[name]) for name in VOCABULARIES[config.problem]]
    match config.problem:
        case "classification" | "events":
            return ClassifierSizes(vocabulary=sizes[0], classes=len(config.labels))
        case "tagging":
            return TaggerSizes(
                vocabulary=sizes[0], characters=sizes[1], tags=len(config.labels)
            )
        case "language_modelling":
            return LanguageModelSizes(vocabulary=sizes[0])
        case "translation":
            return Seq2SeqSizes(source_vocabulary=sizes[0], target_vocabulary=sizes[1])


def _read_manifest(folder: Path) -> _Manifest:
    """The manifest, if this code can read the format."""
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(
            f"{folder} is no complete bundle: it has no {MANIFEST}, which is written last; "
            f"train again, or copy the whole folder"
        )
    content = path.read_bytes()
    try:
        number = json.loads(content)["format"]
        if isinstance(number, int) and number > FORMAT:
            raise InputError(
                f"{folder} is a bundle of format {number}, and this seqflow reads formats up "
                f"to {FORMAT}; update seqflow, or train again with this one"
            )
        return _Manifest.model_validate_json(content)
    except (
        KeyError,
        TypeError,
        UnicodeDecodeError,
        json.JSONDecodeError,
        ValidationError,
    ) as error:
        raise InputError(
            f"{path} is damaged ({type(error).__name__}); copy the bundle again, or train again"
        ) from error


def _read_files(folder: Path, manifest: _Manifest) -> dict[str, bytes]:
    """The listed files' contents, each read once and checked; any other file is refused."""
    vocabularies = {f"{name}.txt" for names in VOCABULARIES.values() for name in names}
    known = {WEIGHTS, CONFIG} | vocabularies
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*")} - {MANIFEST}
    for name in sorted((present | set(manifest.files)) - (known & set(manifest.files))):
        raise InputError(
            f"{folder / name} does not belong to the bundle; nothing but the files that a "
            f"bundle is made of is read: remove it, or copy the bundle again"
        )
    for name in sorted(({WEIGHTS, CONFIG} | set(manifest.files)) - present):
        raise InputError(f"{folder / name} is missing from the bundle; copy the bundle again")
    contents = {}
    for name, listed in manifest.files.items():
        contents[name] = (folder / name).read_bytes()
        found = _listed(contents[name])
        if found != listed:
            raise InputError(
                f"{folder / name} is not the file that was written: its sha256 is "
                f"{found.sha256}, {MANIFEST} says {listed.sha256}; copy the bundle again, or "
                f"train again"
            )
    return contents


def _read_config(folder: Path, contents: Mapping[str, bytes]) -> BundleConfig:
    try:
        return BundleConfig.model_validate_json(contents[CONFIG])
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
        raise InputError(
            f"{folder / CONFIG} cannot be read ({wrong}); if a newer seqflow wrote it, update "
            f"this one"
        ) from error


def _read_vocabularies(
    folder: Path, contents: Mapping[str, bytes], names: tuple[str, ...]
) -> dict[str, Vocabulary]:
    vocabularies = {}
    for name in names:
        file = f"{name}.txt"
        if file not in contents:
            raise InputError(f"{folder / file} is missing from the bundle; copy it again")
        vocabularies[name] = Vocabulary.from_text(contents[file].decode(), name=file)
    return vocabularies


def _read_weights(folder: Path, content: bytes, *, digest: str) -> dict[str, Tensor]:
    try:
        weights = safetensors.load(content)
    except SafetensorError as error:
        raise InputError(f"{folder / WEIGHTS} holds no safetensors: {error}") from error
    found = _digest_of_tensors(weights)
    if found != digest:
        raise InputError(
            f"{folder / WEIGHTS} holds weights of digest {found}, {MANIFEST} says {digest}; "
            f"copy the bundle again, or train again"
        )
    return dict(weights)
