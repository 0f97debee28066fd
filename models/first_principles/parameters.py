"""How many numbers a layer learns, by formula, and where two libraries count differently."""

from collections.abc import Iterator, Sequence

from models.first_principles.walks import Shown


def embedding(words: int, size: int) -> int:
    """A vector a word."""
    return words * size


def dense(inputs: int, outputs: int) -> int:
    """A weight for each pair, and a bias for each output."""
    return inputs * outputs + outputs


def recurrent(inputs: int, state: int, *, gates: int, biases: int) -> int:
    """Numbers of one layer and direction: gates * (E H + H H + biases * H).

    Args:
        inputs: E.
        state: H.
        gates: How many products a step makes of its input: 1 in a simple RNN, 3 in a GRU, 4 in
            an LSTM.
        biases: torch always has 2, one beside each matrix. Keras has 1 in an LSTM and in a GRU
            with the reset before the product, 2 in one with the reset after it.
    """
    return gates * (inputs * state + state * state + biases * state)


def gru(inputs: int, state: int, *, biases: int = 2) -> int:
    """Three gates: reset, update, candidate."""
    return recurrent(inputs, state, gates=3, biases=biases)


def lstm(inputs: int, state: int, *, biases: int = 2) -> int:
    """Four gates: input, forget, candidate, output."""
    return recurrent(inputs, state, gates=4, biases=biases)


def walk() -> Iterator[Shown]:
    """The counts of four networks of Keras, layer by layer, and what torch has more."""
    yield from _counted(
        "good or bad message: stacked GRU",
        (
            ("embedding 100 x 8", embedding(100, 8)),
            ("GRU 8 to 16, one bias", gru(8, 16, biases=1)),
            ("GRU 16 to 8, one bias", gru(16, 8, biases=1)),
            ("GRU 8 to 4, one bias", gru(8, 4, biases=1)),
            ("dense 4 to 1", dense(4, 1)),
        ),
    )
    yield from _counted(
        "next character: GRU",
        (
            ("embedding 90 x 256", embedding(90, 256)),
            ("GRU 256 to 100, two biases", gru(256, 100)),
            ("dense 100 to 90", dense(100, 90)),
        ),
    )
    yield from _counted(
        "sentiment: BiLSTM",
        (
            ("embedding 5,272 x 64", embedding(5_272, 64)),
            ("two LSTM 64 to 64, one bias", 2 * lstm(64, 64, biases=1)),
            ("dense 128 to 64", dense(128, 64)),
            ("dense 64 to 1", dense(64, 1)),
        ),
    )
    yield from _counted(
        "parts of speech: BiGRU",
        (
            ("embedding 9,001 x 128", embedding(9_001, 128)),
            ("two GRU 128 to 256, two biases", 2 * gru(128, 256)),
            ("dense 512 to 39", dense(512, 39)),
        ),
    )
    yield Shown(
        "BiLSTM 64 in torch",
        f"{2 * lstm(64, 64):,}",
        "two biases where Keras has one: 2 * 4 * 64 more numbers, which add up to one",
    )


def _counted(name: str, layers: Sequence[tuple[str, int]]) -> Iterator[Shown]:
    for layer, count in layers:
        yield Shown(f"{name}: {layer}", f"{count:,}", "")
    yield Shown(f"{name}: together", f"{sum(count for _, count in layers):,}", "")
