"""Own posts: what a preset takes out of its own corpus is asked for anew."""

from pathlib import Path

import pytest

from cli.experiments import Request, experiment_of

REMOVED = 'data.remove=["headers", "quotes"]'


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    for name in ("autos/1", "med/2"):
        path = tmp_path / "posts" / name
        path.parent.mkdir(parents=True)
        path.write_text(f"From: me\n\nA post of {name}.\n")
    return tmp_path / "posts"


def test_own_posts_stay_whole_unless_a_person_says_what_goes(posts: Path) -> None:
    home = posts.parent / "home"
    by_date = "data.split=hash"
    plain = experiment_of(Request("newsgroups", posts, settings=[by_date]), home)
    asked = experiment_of(Request("newsgroups", posts, settings=[by_date, REMOVED]), home)
    assert plain.data.remove == ()
    assert asked.data.remove == ("headers", "quotes")
    assert plain.network == asked.network


def test_ones_own_yaml_keeps_what_it_takes_out(posts: Path) -> None:
    yaml = posts.parent / "mine.yaml"
    yaml.write_text("preset: newsgroups\ndata: {split: hash, remove: [footers]}\n")
    experiment = experiment_of(Request(str(yaml), posts), posts.parent / "home")
    assert experiment.data.remove == ("footers",)
