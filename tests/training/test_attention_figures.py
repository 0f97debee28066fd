"""Pictures of where a translator looked: which sentences, and that words can be read."""

import numpy as np
import pytest

from models.answers import Attention
from training.attention_figures import PICTURED, attention_figure, readable


def look(source: int, written: int) -> Attention:
    """A sentence of so many words, of which each written one looks at one read."""
    weights = np.zeros((written, source), np.float32)
    weights[np.arange(written), np.arange(written) % max(source, 1)] = 1
    names = [f"s{place}" for place in range(source)], [f"w{place}" for place in range(written)]
    return Attention(*names, weights)


@pytest.mark.parametrize("sizes", [(0, 0), (1, 5), (5, 1), (15, 5), (5, 15)])
def test_sentences_that_show_nothing_or_do_not_fit_are_left_out(
    sizes: tuple[int, int],
) -> None:
    fits = look(14, 2)
    assert readable([look(*sizes) if min(sizes) else look(0, 0), fits]) == [fits]


def test_a_page_has_twelve_sentences_the_first_that_fit() -> None:
    looks = [look(3 + number % 5, 4) for number in range(20)]
    assert readable(looks) == looks[:PICTURED]
    assert PICTURED == 12


def test_source_words_stand_below_and_written_words_beside_each_picture() -> None:
    looks = [look(5, 3), look(2, 4)]
    pages = attention_figure(looks).axes
    assert len(pages) == 2
    for axes, one in zip(pages, looks, strict=True):
        assert [label.get_text() for label in axes.get_xticklabels()] == one.source
        assert [label.get_text() for label in axes.get_yticklabels()] == one.written
        np.testing.assert_array_equal(axes.images[0].get_array(), one.weights)
        assert min(label.get_fontsize() for label in axes.get_xticklabels()) >= 8
