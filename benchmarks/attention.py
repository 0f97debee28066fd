"""Training steps of the network with additive attention, beside a decoder written step by step.

Both train the same encoder, project the keys once and score all real positions in one product;
they differ in the decoder's recurrence alone. They take turns, so that a busy machine is busy
for both; only their ratio says anything about another machine.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.record import write_page
from configs.networks import GRUEncoderDecoderConfig
from models.networks.build import Seq2SeqSizes, build_network
from models.networks.decoders import BahdanauDecoder
from models.networks.seq2seq import GRUEncoderDecoder
from models.networks.state import DecoderState

PAIRS, WORDS, VOCABULARY = 64, 12, 8_000
NETWORK = GRUEncoderDecoderConfig(
    attention="bahdanau", bidirectional=True, embedding_dim=256, hidden_dim=512, dropout=0.0
)
WARM_UP = 2
LOOP, OURS = "loop", "seqflow"


class LoopDecoder(nn.Module):
    """The numbers of a `BahdanauDecoder` of one layer, in the way the paper writes them.

    Each step joins word and context and hands both to torch's own cell.
    """

    def __init__(self, other: BahdanauDecoder) -> None:
        super().__init__()
        H = other.hidden_dim  # noqa: N806 - an axis
        self.attention, self.readout = other.attention, other.readout
        gates = torch.cat([other.word_gates.weight, other.context_gates.weight], dim=1)
        self.cell = nn.GRUCell(gates.shape[1], H)
        self.query = nn.Linear(H, H)
        with torch.no_grad():
            self.cell.weight_ih.copy_(gates)
            self.cell.bias_ih.copy_(other.word_gates.bias)
            for name in ("weight", "bias"):
                of_state = getattr(other.state_gates, name)
                getattr(self.cell, f"{name}_hh").copy_(of_state[: 3 * H])
                getattr(self.query, name).copy_(of_state[3 * H :])

    def remember(self, memory: Tensor) -> tuple[Tensor, ...]:
        """Encoder states and their keys."""
        return memory, self.attention.project_keys(memory)

    def write(self, embedded: Tensor, state: DecoderState, mask: Tensor) -> Tensor:
        """As :meth:`BahdanauDecoder.write`."""
        memory, keys = state.read
        hidden = state.written[0][:, 0]
        features = []
        for word in embedded.unbind(1):
            weights = self.attention(self.query(hidden), keys, state.mask)
            context = (weights.unsqueeze(1) @ memory).squeeze(1)
            hidden = self.cell(torch.cat([word, context], dim=1), hidden)
            seen = torch.cat([hidden, context, word], dim=1)
            features.append(torch.tanh(self.readout(seen)))
        return torch.stack(features, dim=1)[mask]


@dataclass(frozen=True)
class Pairs:
    """One batch of random words, every sentence equally long."""

    source: Tensor
    lengths: Tensor
    target_in: Tensor
    mask: Tensor
    target_out: Tensor

    @classmethod
    def drawn(cls) -> Self:
        """From torch's random state; the first ids are no words."""
        source, target_in, target_out = torch.randint(4, VOCABULARY, (3, PAIRS, WORDS))
        mask = torch.ones(PAIRS, WORDS, dtype=torch.bool)
        lengths = torch.full((PAIRS,), WORDS)
        return cls(source, lengths, target_in, mask, target_out.flatten())

    def scored(self, network: GRUEncoderDecoder) -> Tensor:
        """(N, V) logits."""
        logits: Tensor = network(self.source, self.lengths, self.target_in, self.mask)
        return logits


def main() -> None:
    """Time both in turns, by one thread and by two, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=15)
    asked = parser.parse_args()
    torch.manual_seed(0)
    pairs = Pairs.drawn()
    networks = _networks(pairs)
    rows = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        steps = {name: _training_step(network, pairs) for name, network in networks.items()}
        rows.append(_row("training step", threads, _in_turns(steps, asked.turns)))
        alone = {name: _decoder_alone(network, pairs) for name, network in networks.items()}
        rows.append(_row("decoder, there and back", threads, _in_turns(alone, asked.turns)))
        print(*rows[-2:], sep="\n", file=sys.stderr)
    path = write_page(
        "attention",
        "Additive attention, beside a loop over torch's cell",
        head=("what", "threads", "loop, ms", "seqflow, ms", "times as fast", "middle half"),
        rows=rows,
        notes=f"{PAIRS} pairs of {WORDS} words, {VOCABULARY:,} words a side, embedding "
        f"{NETWORK.embedding_dim}, GRU {NETWORK.hidden_dim}, encoder both ways, float32, Adam. "
        f"Milliseconds are medians of {asked.turns} turns, the ratio is the median of each "
        "turn's. The loop's logits were the network's before the timing. A training step is "
        "mostly the encoder and the scores of all words, which both share; the decoder alone "
        "is its recurrence and readout, forward and backward.",
    )
    sys.stdout.write(path.read_text(encoding="utf-8"))


def _networks(pairs: Pairs) -> Mapping[str, GRUEncoderDecoder]:
    """The network, and its copy with the loop, whose first answers are the same."""
    sizes = Seq2SeqSizes(VOCABULARY, VOCABULARY)
    ours, theirs = build_network(NETWORK, sizes), build_network(NETWORK, sizes)
    theirs.load_state_dict(ours.state_dict())
    theirs.decoder = LoopDecoder(theirs.decoder)  # type: ignore[assignment, arg-type]
    with torch.no_grad():
        torch.testing.assert_close(pairs.scored(theirs), pairs.scored(ours))
    return {LOOP: theirs.train(), OURS: ours.train()}


def _training_step(network: GRUEncoderDecoder, pairs: Pairs) -> Callable[[], None]:
    optimizer = torch.optim.Adam(network.parameters())

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(pairs.scored(network), pairs.target_out).backward()
        optimizer.step()

    return step


def _decoder_alone(network: GRUEncoderDecoder, pairs: Pairs) -> Callable[[], None]:
    """From encoder states and word vectors to features, and back to both."""
    decoder = network.decoder
    with torch.no_grad():
        embedded = network.embedding(pairs.target_in)
        memory = network.encoder(pairs.source, pairs.lengths).states
        first = network.start(pairs.source, pairs.lengths)
    embedded.requires_grad_()
    memory.requires_grad_()

    def there_and_back() -> None:
        decoder.zero_grad()
        state = replace(first, read=decoder.remember(memory))
        decoder.write(embedded, state, pairs.mask).sum().backward()

    return there_and_back


def _in_turns(works: Mapping[str, Callable[[], None]], turns: int) -> Mapping[str, list[float]]:
    """Seconds of each work in each turn; every other turn goes the other way round."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(WARM_UP + turns):
        for name, work in sorted(works.items(), reverse=turn % 2 == 1):
            began = time.perf_counter()
            work()
            if turn >= WARM_UP:
                found[name].append(time.perf_counter() - began)
    return found


def _row(what: str, threads: int, found: Mapping[str, list[float]]) -> tuple[str, ...]:
    ratios = [loop / ours for loop, ours in zip(found[LOOP], found[OURS], strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    seconds = (f"{1000 * statistics.median(found[name]):,.0f}" for name in (LOOP, OURS))
    return (what, f"{threads}", *seconds, f"{middle:.2f}", f"{low:.2f} to {high:.2f}")


if __name__ == "__main__":
    main()
