"""Characters as tokens: every one of them, and the text again."""

import pytest

from configs.text import TextConfig
from models.text.characters import LINE_END, join_characters, split_characters
from models.text.encoding import encode_texts
from models.text.vocabulary import Vocabulary

TEXTS = ["Ab b\n\n  “c”\n", "", "\\n is no line end", "e\u0301té 😀\n"]


def test_characters_join_to_the_text_they_were_cut_from() -> None:
    cut = split_characters(TEXTS, lowercase=False)
    found = [join_characters(each) for each in cut.to_lists()]
    assert found == [*TEXTS[:3], "été 😀\n"]
    assert cut.lengths.tolist() == [len(text) for text in found]


def test_a_line_end_has_a_line_of_its_own_in_a_vocabulary() -> None:
    words = Vocabulary.build(split_characters(TEXTS, lowercase=False))
    again = Vocabulary.from_text(words.to_text())
    assert again.words == words.words
    assert {LINE_END, "\\", "n", " "} <= set(again.words)


def test_control_characters_and_carriage_returns_are_no_tokens() -> None:
    cut = split_characters(["a\r\nb\x00\x85\tc"], lowercase=False)
    assert join_characters(cut.to_lists()[0]) == "a\nb\tc"


@pytest.mark.parametrize("lowercase", [True, False])
def test_case_is_folded_on_demand(lowercase: bool) -> None:
    text = TextConfig(tokenizer="characters", lowercase=lowercase)
    words = Vocabulary.build(split_characters(["ab"], lowercase=False))
    encoded = encode_texts(["aB"], text, vocabulary=words)
    assert encoded.unknown.tolist() == [0 if lowercase else 1]


def test_no_texts_give_no_tokens() -> None:
    assert len(split_characters([], lowercase=False)) == 0
    assert split_characters([""], lowercase=False).lengths.tolist() == [0]
