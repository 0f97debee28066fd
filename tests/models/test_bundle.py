import json
import os
import pickle
import random
import shutil
import stat
from pathlib import Path

import pytest
import torch

from models.bundle import load_bundle, weights_digest, write_bundle
from storage.errors import InputError
from storage.files import file_digest, read_json, write_json

FIXTURES = Path(__file__).parent.parent / "fixtures"


def rewrite(folder: Path, name: str, content: bytes) -> None:
    """Put other content into a file of the bundle and make the manifest agree."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"][name] = {
        "bytes": len(content),
        "sha256": file_digest(folder / name),
    }
    write_json(folder / "manifest.json", manifest)


def test_a_bundle_holds_no_more_than_its_readers_need(classifier: Path, translator: Path):
    assert sorted(os.listdir(classifier)) == [
        "config.json", "manifest.json", "vocabulary.txt", "weights.safetensors",
    ]  # fmt: skip
    assert sorted(os.listdir(translator)) == [
        "config.json", "manifest.json", "source_vocabulary.txt", "target_vocabulary.txt",
        "weights.safetensors",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["classifier", "translator"])
def test_a_loaded_bundle_is_the_written_one(name: str, request: pytest.FixtureRequest):
    folder: Path = request.getfixturevalue(name)
    bundle = load_bundle(folder)
    assert weights_digest(bundle.network) == bundle.weights_digest
    assert not bundle.network.training
    copy = folder.parent / "copy"
    digest = write_bundle(
        copy, bundle.network, config=bundle.config, vocabularies=bundle.vocabularies
    )
    assert digest == bundle.weights_digest
    for file in folder.iterdir():
        assert (copy / file.name).read_bytes() == file.read_bytes()


def test_loading_leaves_the_random_state_as_it_is(classifier: Path):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    load_bundle(classifier)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_loaded_network_can_learn_on(classifier: Path):
    network = load_bundle(classifier).network.train()
    network(torch.tensor([[4, 5]]), torch.tensor([2])).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_the_weights_digest_sees_names_shapes_and_single_bits(classifier: Path):
    network = load_bundle(classifier).network
    before = weights_digest(network)
    with torch.no_grad():
        network.scores.bias[0] = torch.nextafter(network.scores.bias[0], torch.tensor(9.0))
    assert weights_digest(network) != before
    assert weights_digest(torch.nn.Linear(2, 3)) != weights_digest(torch.nn.Linear(3, 2))


@pytest.mark.parametrize("name", ["classifier", "translator"])
def test_any_flipped_bit_is_found(name: str, request: pytest.FixtureRequest):
    folder: Path = request.getfixturevalue(name)
    choose = random.Random(0)
    for file in sorted(folder.iterdir()):
        content = file.read_bytes()
        for _ in range(25):
            place = choose.randrange(len(content))
            flipped = content[place] ^ (1 << choose.randrange(8))
            file.write_bytes(content[:place] + bytes([flipped]) + content[place + 1 :])
            with pytest.raises(InputError):
                load_bundle(folder)
        file.write_bytes(content)
    load_bundle(folder)


def test_a_changed_file_is_named_with_both_digests(classifier: Path):
    written = file_digest(classifier / "vocabulary.txt")
    with (classifier / "vocabulary.txt").open("a") as file:
        file.write("more\n")
    found = file_digest(classifier / "vocabulary.txt")
    with pytest.raises(
        InputError, match=f"vocabulary.txt is not .*{found}.*{written}; copy the bundle again"
    ):
        load_bundle(classifier)


def test_other_weights_under_a_corrected_manifest_are_found(classifier: Path, tmp_path: Path):
    bundle = load_bundle(classifier)
    with torch.no_grad():
        bundle.network.scores.bias += 1
    write_bundle(
        tmp_path / "other",
        bundle.network,
        config=bundle.config,
        vocabularies=bundle.vocabularies,
    )
    other = (tmp_path / "other" / "weights.safetensors").read_bytes()
    rewrite(classifier, "weights.safetensors", other)
    with pytest.raises(InputError, match=f"manifest.json says {bundle.weights_digest}"):
        load_bundle(classifier)


def test_a_newer_format_is_refused_with_the_way_out(classifier: Path):
    manifest = json.loads((classifier / "manifest.json").read_bytes())
    write_json(classifier / "manifest.json", {**manifest, "format": 6, "news": True})
    with pytest.raises(InputError, match="format 6, and .* up to 5; update seqflow"):
        load_bundle(classifier)


def test_a_folder_without_manifest_is_no_complete_bundle(classifier: Path):
    (classifier / "manifest.json").unlink()
    with pytest.raises(InputError, match="no complete bundle: it has no manifest.json"):
        load_bundle(classifier)


@pytest.mark.parametrize("name", ["weights.pkl", "notes.txt", "more/weights.safetensors"])
def test_a_file_that_the_manifest_does_not_list_is_refused(classifier: Path, name: str):
    (classifier / name).parent.mkdir(exist_ok=True)
    (classifier / name).write_bytes(b"")
    with pytest.raises(InputError, match=f"{name.split('/')[0]} does not belong"):
        load_bundle(classifier)


def test_a_pickle_is_refused_even_if_listed(classifier: Path, tmp_path: Path):
    rewrite(classifier, "weights.pkl", pickle.dumps({"a": 1}))
    with pytest.raises(InputError, match="weights.pkl does not belong"):
        load_bundle(classifier)


class _Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("harm",)


def test_a_pickle_under_the_name_of_the_weights_runs_nothing(
    classifier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    rewrite(classifier, "weights.safetensors", pickle.dumps(_Harmful()))
    with pytest.raises(InputError, match="holds no safetensors"):
        load_bundle(classifier)
    assert not (tmp_path / "harm").exists()


def test_a_name_that_leads_out_of_the_folder_is_refused(classifier: Path, tmp_path: Path):
    rewrite(classifier, "../outside.txt", b"secret")
    with pytest.raises(InputError, match="outside.txt does not belong"):
        load_bundle(classifier)


def test_a_missing_file_is_named(classifier: Path):
    (classifier / "vocabulary.txt").unlink()
    with pytest.raises(InputError, match="vocabulary.txt is missing"):
        load_bundle(classifier)


def test_a_bundle_without_its_problems_vocabulary_is_refused(classifier: Path):
    manifest = json.loads((classifier / "manifest.json").read_bytes())
    del manifest["files"]["vocabulary.txt"]
    write_json(classifier / "manifest.json", manifest)
    (classifier / "vocabulary.txt").unlink()
    with pytest.raises(InputError, match="vocabulary.txt is missing"):
        load_bundle(classifier)


def test_weights_that_do_not_fit_the_config_are_refused(classifier: Path):
    config = json.loads((classifier / "config.json").read_bytes())
    config["network"]["hidden_dim"] += 1
    rewrite(classifier, "config.json", json.dumps(config).encode())
    with pytest.raises(InputError, match=r"weights.safetensors does not fit config.json"):
        load_bundle(classifier)


def test_an_unknown_setting_in_the_config_is_refused(classifier: Path):
    config = json.loads((classifier / "config.json").read_bytes())
    rewrite(classifier, "config.json", json.dumps({**config, "surprise": 1}).encode())
    with pytest.raises(InputError, match=r"config.json cannot be read \(surprise: Extra"):
        load_bundle(classifier)


def test_vocabularies_of_another_problem_are_refused_before_anything_is_written(
    classifier: Path, tmp_path: Path
):
    bundle = load_bundle(classifier)
    with pytest.raises(ValueError, match="holds vocabulary, but source came"):
        write_bundle(
            tmp_path / "new",
            bundle.network,
            config=bundle.config,
            vocabularies={"source": bundle.vocabularies["vocabulary"]},
        )
    assert not (tmp_path / "new").exists()


def test_a_write_that_fails_half_way_leaves_no_bundle(
    classifier: Path,
):
    bundle = load_bundle(classifier)
    (classifier / "config.json").unlink()
    (classifier / "config.json").mkdir()  # in the way of the second file
    with pytest.raises(OSError, match=r"config\.json"):
        write_bundle(
            classifier,
            bundle.network,
            config=bundle.config,
            vocabularies=bundle.vocabularies,
        )
    with pytest.raises(InputError, match="no complete bundle"):
        load_bundle(classifier)


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (1, "classification"),
        (1, "translation"),
        (2, "translation"),
        (3, "tagging"),
        (4, "language_modelling"),
        (5, "events"),
    ],
)
def test_bundles_of_every_format_are_read(number: int, problem: str, tmp_path: Path):
    fixture = FIXTURES / f"bundle_format_{number}"
    copy = shutil.copytree(fixture / problem, tmp_path / problem)
    for file in copy.iterdir():
        file.chmod(stat.S_IRUSR)
    bundle = load_bundle(copy)
    known = read_json(fixture / "known.json")
    assert isinstance(known, dict)
    assert bundle.weights_digest == known[problem]["weights_digest"]


def test_pieces_are_kept_in_the_vocabulary_files():
    bundle = load_bundle(FIXTURES / "bundle_format_2" / "translation")
    assert bundle.config.text.tokenizer == "bpe"
    assert all(words.merges for words in bundle.vocabularies.values())


def test_the_formats_before_normalising_and_pieces_had_neither():
    text = load_bundle(FIXTURES / "bundle_format_1" / "translation").config.text
    assert (text.tokenizer, text.normalise, text.joint_vocabulary) == ("words", "nfc", False)
