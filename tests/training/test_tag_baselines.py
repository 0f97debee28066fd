import pandas as pd

from training.tag_baselines import tagging_baselines

TRAIN = pd.DataFrame(
    {
        "tokens": ["the walk ended", "they walk home", "we walk", "Anna sings loudly"],
        "tags": ["DET NOUN VERB", "PRON VERB NOUN", "PRON VERB", "PROPN VERB ADV"],
    }
)


def answers(*test: str) -> dict[str, list[str]]:
    found = tagging_baselines(TRAIN, pd.Series(test, dtype="str"))
    return {one.name: one.answers.tolist() for one in found}


def test_a_known_word_gets_its_most_frequent_tag():
    assert answers("the walk")["frequent_tag"] == ["DET VERB"]


def test_an_unknown_word_gets_the_tag_of_its_suffix_and_shape():
    assert answers("quietly Hanna blended")["frequent_tag"] == ["ADV PROPN VERB"]


def test_majority_gives_every_word_the_same_tag():
    assert answers("the walk", "we")["majority"] == ["VERB VERB", "VERB"]


def test_answers_have_as_many_tags_as_words():
    assert answers("", "x")["frequent_tag"][0] == ""
