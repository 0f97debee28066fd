import pytest

from training.entities import entities, entity_f1, marks_entities


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("B-PER I-PER O B-LOC", {("PER", 0, 2), ("LOC", 3, 4)}),
        ("B-PER B-PER", {("PER", 0, 1), ("PER", 1, 2)}),
        ("B-PER I-LOC", {("PER", 0, 1), ("LOC", 1, 2)}),
        ("O I-PER I-PER", {("PER", 1, 3)}),
        ("S-PER B-LOC I-LOC E-LOC O", {("PER", 0, 1), ("LOC", 1, 4)}),
        ("E-LOC E-LOC", {("LOC", 0, 1), ("LOC", 1, 2)}),
        ("O O", set()),
    ],
)
def test_entities_are_read_as_the_conll_scorer_reads_them(
    tags: str, found: set[tuple[str, int, int]]
):
    assert entities(tags.split()) == found


def test_only_whole_entities_count():
    actual = ["B-PER I-PER O", "B-LOC"]
    assert entity_f1(actual, actual) == 1.0
    assert entity_f1(actual, ["B-PER O O", "B-LOC"]) == pytest.approx(0.5)
    assert entity_f1(["O"], ["O"]) == 0.0


def test_parts_of_speech_mark_no_entities():
    assert marks_entities(["O", "B-PER", "I-PER"])
    assert not marks_entities(["O"])
    assert not marks_entities(["NOUN", "B-PER"])
