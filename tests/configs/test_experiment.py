"""Experiments come from presets plus differences; what is wrong is told at once."""

import pytest

from configs.experiment import ExperimentConfig
from configs.messages import ConfigError, read_experiment
from configs.shipped import preset_names, preset_path

VECTORS = {"name": "glove.txt", "sha256": "0" * 64, "format": "lines"}


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_a_whole_experiment(name: str) -> None:
    experiment = read_experiment({"preset": name})
    assert experiment.name == name
    assert read_experiment(experiment.model_dump(mode="json")) == experiment


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_says_what_it_is_and_how_to_run_it(name: str) -> None:
    head = preset_path(name).read_text(encoding="utf-8").split("\ndata:")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert f"seqflow train {name}" in head


def test_differences_are_laid_over_the_preset() -> None:
    changed = read_experiment({"preset": "sentiment", "network": {"dropout": 0.5}})
    plain = read_experiment({"preset": "sentiment"})
    assert changed.network.dropout == 0.5
    assert changed.model_copy(update={"network": plain.network}) == plain


def test_another_network_leaves_the_ranges_of_the_preset_that_it_has_no_settings_for() -> None:
    kind = {"network": {"kind": "recurrent_classifier", "hidden_dim": 8}}
    read = read_experiment({"preset": "newsgroups-notebook", **kind})
    assert set(read.sweep.ranges) == {"training.learning_rate", "network.dropout"}
    words = read_experiment({"preset": "translation", "network": {"kind": "transformer"}})
    assert "network.hidden_dim" in read_experiment({"preset": "translation"}).sweep.ranges
    assert "network.hidden_dim" not in words.sweep.ranges
    assert read_experiment(words.model_dump(mode="json")) == words


def test_a_range_of_ones_own_for_a_setting_that_the_network_lacks_is_told() -> None:
    ranges = {"network.model_dim": {"choices": [64, 128]}}
    network = {"kind": "bag_of_words", "sparse_gradient": False}
    with pytest.raises(ConfigError, match="network.model_dim is no setting"):
        read_experiment({"preset": "demo", "network": network, "sweep": {"ranges": ranges}})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"preset": "sentment"}, "no preset 'sentment'; did you mean 'sentiment'?"),
        (
            {"preset": "sentiment", "network": {"dropot": 0.1}},
            "network.dropot: there is no such setting; did you mean 'dropout'?",
        ),
        (
            {"preset": "sentiment", "training": {"epochs": 0}},
            "training.epochs: input should be greater than or equal to 1, but is 0",
        ),
        (
            {"preset": "pos-tagging", "training": {"label_smoothing": 0.1}},
            "but network.crf scores those of a sentence together; set label_smoothing=0",
        ),
        (
            {"preset": "alice", "data": {"file": {**VECTORS, "format": "conllu"}}},
            "glove.txt is read as conllu, which is for tagging, not language_modelling",
        ),
        (
            {"preset": "sentiment", "data": {"test_share": 0.95}},
            "sum to 1.05; they must stay below 1",
        ),
        (
            {"preset": "demo", "network": {"kind": "gru_encoder_decoder"}},
            "does not solve classification; use recurrent_classifier",
        ),
        (
            {"preset": "translation-demo", "text": {"joint_vocabulary": True}},
            "joint_vocabulary goes with tokenizer bpe",
        ),
        (
            {"preset": "demo", "text": {"tokenizer": "bpe", "joint_vocabulary": True}},
            "joins the two sides of pairs, and classification has one",
        ),
        (
            {"preset": "demo", "text": {"tokenizer": "bpe", "max_vocabulary": 255}},
            "max_vocabulary 255 leaves bpe no parts beside the single bytes it starts from; "
            "give at least 256",
        ),
        (
            {"preset": "demo", "text": {"tokenizer": "bpe", "vectors": VECTORS}},
            "vectors are of whole words, and tokenizer bpe cuts words into parts; set "
            "tokenizer=words",
        ),
        (
            {"preset": "demo", "promotion": {"metric": "bleu"}},
            "'bleu' does not measure classification; use accuracy or macro_f1",
        ),
        (
            {"preset": "demo", "training": {"sampling": "linear"}},
            "'linear' feeds a decoder its own words, but classification writes none; set it",
        ),
    ],
)
def test_errors_name_the_value_the_limit_and_the_way_out(
    values: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_experiment(values)
    assert message in str(caught.value)


def test_all_errors_are_shown_at_once() -> None:
    with pytest.raises(ConfigError, match="3 settings cannot be used") as caught:
        read_experiment({"preset": "demo", "nam": 1, "training": {"epochs": 0, "seed": -1}})
    assert "did you mean 'name'" in str(caught.value)


def test_the_schema_of_the_form_accepts_a_preset_alone() -> None:
    schema = ExperimentConfig.model_json_schema()
    objects = [schema, *schema["$defs"].values()]
    assert not any("required" in one for one in objects)
    assert all(one.get("additionalProperties") is False for one in objects)
    fields = [field for one in objects for field in one["properties"].values()]
    described = [field for field in fields if "description" in field or "const" in field]
    assert len(described) == len(fields)


def test_a_form_left_untouched_replaces_nothing_of_the_preset() -> None:
    schema = ExperimentConfig.model_json_schema()
    objects = [schema, *schema["$defs"].values()]
    fields = [field for one in objects for field in one["properties"].values()]
    assert not any("default" in field for field in fields)
    assert not any(field.get("type") == "boolean" for field in fields)
    training = schema["$defs"]["TrainingConfig"]["properties"]
    assert training["learning_rate"]["description"] == "Step size. Usually 0.001."


def test_the_form_names_its_parts_as_people_do() -> None:
    schema = ExperimentConfig.model_json_schema()
    assert next(iter(schema["properties"])) == "preset"
    assert {"enum": preset_names(), "type": "string"} in schema["properties"]["preset"]["anyOf"]
    assert schema["$defs"]["GRUEncoderDecoderConfig"]["title"] == "GRU encoder decoder"
    assert schema["$defs"]["DataConfig"]["properties"]["file"]["title"] == "File"
