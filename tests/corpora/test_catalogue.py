"""The catalogue: every entry complete, misspelt names answered with the nearest."""

import pytest

from corpora.catalogue import dataset, datasets
from corpora.synthetic import GENERATORS
from storage.errors import InputError


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        dataset("sentiment-sentence")
    assert "did you mean 'sentiment-sentences'?" in str(caught.value)
    assert "tatoeba-fra" in str(caught.value)


def test_every_entry_is_either_fetched_or_generated() -> None:
    for entry in datasets():
        assert bool(entry.files) != bool(entry.generator), entry.name
        assert entry.generator is None or entry.generator in GENERATORS


def test_every_published_file_is_pinned_or_told_to_change() -> None:
    for entry in datasets():
        for file in entry.files:
            members_pinned = bool(file.members) and all(m.sha256 for m in file.members)
            assert file.sha256 or members_pinned or entry.changes_over_time, file.name
