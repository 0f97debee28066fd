"""A user's own text: trained, watched, added to, and written on, with servers up."""

import json
from pathlib import Path

import pytest

from tests.flows.own_data import typed_in
from tests.flows.stories import story
from tests.running_servers import RunningServers

pytestmark = [pytest.mark.long, pytest.mark.flow, pytest.mark.timeout(900)]

SMALL = {
    "training.epochs": 2,
    "training.batch_size": 4,
    "training.chunk_tokens": 20,
    "training.learning_rate": 0.01,
    "network.hidden_dim": 16,
    "network.embedding_dim": 8,
}
SETTINGS = [word for name, value in SMALL.items() for word in ("--set", f"{name}={value}")]


@pytest.mark.parametrize("level", ["character", "word"])
def test_an_own_text_becomes_a_model_that_goes_on(
    level: str, prefect_server: RunningServers, tmp_path: Path
) -> None:
    seqflow = typed_in(prefect_server.settings.home)
    name = f"story-{level}"
    text = tmp_path / f"{name}.txt"
    text.write_text(story(range(300)), encoding="utf-8")
    out = seqflow("train", "--data", text, "--level", level, *SETTINGS, "--json")
    trained = json.loads(out)
    assert trained["model"] == name

    asked = ["--prompt", "Anna went", "--length", "20", "--seed", "7"]
    written = [seqflow("generate", name, *asked) for _ in range(2)]
    assert written[0] == written[1]
    assert written[0].startswith("Anna went")

    more = tmp_path / "more.txt"
    more.write_text(story(range(300, 400)), encoding="utf-8")
    seqflow("data", "add", name, more, "--reason", "a new chapter")
    seqflow("retrain", name, "--reason", "a new chapter")
    compared = json.loads(seqflow("compare", name, "--json"))
    assert "bits_per_character" in json.dumps(compared)

    numbers = tmp_path / "numbers.txt"
    lines = (f"{number * 7919} {number * 104729} 4711 0815\n\n" for number in range(4_000))
    numbers.write_text("".join(lines), encoding="utf-8")
    assert json.loads(seqflow("monitor", name, "--data", numbers, "--json", status=1))
