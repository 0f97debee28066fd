import pytest
import torch
from torch import Tensor

from models.networks.spellings import Spellings
from models.networks.taggers import RecurrentTagger

TAGS = 4
SIZES = {"embedding_dim": 5, "character_dim": 3, "spelling_dim": 4, "hidden_dim": 6}
KINDS = [
    {"cell": "gru", "bidirectional": True, "layers": 1, "spelling": "none", "crf": False},
    {"cell": "gru", "bidirectional": True, "layers": 2, "spelling": "cnn", "crf": True},
    {"cell": "lstm", "bidirectional": False, "layers": 1, "spelling": "gru", "crf": True},
    {"cell": "lstm", "bidirectional": True, "layers": 1, "spelling": "gru", "crf": False},
]
every_kind = pytest.mark.parametrize(
    "kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values()))
)
SPELT = {4: [4, 5], 5: [6], 6: [4, 7, 5], 7: [5, 5, 6, 4]}
"""Characters of word ids."""


def tagger_of(**settings: object) -> RecurrentTagger:
    torch.manual_seed(1)
    off = {"dropout": 0.0, "embedding_dropout": 0.0, "word_dropout": 0.0, "unknown_id": 1}
    return RecurrentTagger(8, 8, TAGS, **{**SIZES, **off, **settings}).double().eval()


def batch_of(*rows: list[int], fill: int = 0) -> tuple[Tensor, Tensor, Spellings]:
    lengths = torch.tensor([len(row) for row in rows])
    ids = torch.full((len(rows), int(lengths.max())), fill)
    places = torch.zeros_like(ids)
    words = list(SPELT)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        places[number, : len(row)] = torch.tensor([words.index(word) for word in row])
    longest = max(map(len, SPELT.values()))
    characters = torch.full((len(words), longest), fill)
    for number, spelt in enumerate(SPELT.values()):
        characters[number, : len(spelt)] = torch.tensor(spelt)
    spelt_lengths = torch.tensor([len(spelt) for spelt in SPELT.values()])
    return ids, lengths, Spellings(characters, spelt_lengths, places)


@every_kind
def test_tagger_is_blind_to_padding(kind: dict[str, object]):
    tagger = tagger_of(**kind)
    alone = tagger(*batch_of([4, 5]))
    padded = tagger(*batch_of([4, 5], [6, 7, 4], fill=7))
    torch.testing.assert_close(padded[:2], alone)


@every_kind
def test_scores_are_those_of_real_words_row_after_row(kind: dict[str, object]):
    tagger = tagger_of(**kind)
    together = tagger(*batch_of([4, 5, 6], [7]))
    apart = torch.cat([tagger(*batch_of([4, 5, 6])), tagger(*batch_of([7]))])
    torch.testing.assert_close(together, apart)


@every_kind
def test_loss_is_the_sum_over_sentences(kind: dict[str, object]):
    tagger, tags = tagger_of(**kind), torch.tensor([0, 1, 2, 3])
    ids, lengths, spellings = batch_of([4, 5, 6], [7])
    together = tagger.loss(tagger(ids, lengths, spellings), tags, lengths)
    apart = [
        tagger.loss(tagger(*batch_of(row)), part, torch.tensor([len(row)]))
        for row, part in (([4, 5, 6], tags[:3]), ([7], tags[3:]))
    ]
    torch.testing.assert_close(together, torch.stack(apart).sum())


@every_kind
def test_probability_of_the_best_tags_is_what_their_loss_says(kind: dict[str, object]):
    tagger = tagger_of(**kind)
    for row in ([4, 5, 6], [7]):
        ids, lengths, spellings = batch_of(row)
        scores = tagger(ids, lengths, spellings)
        tags, log_probability = tagger.best(scores, lengths)
        torch.testing.assert_close(log_probability.sum(), -tagger.loss(scores, tags, lengths))


def test_an_unknown_word_is_told_by_its_spelling_alone():
    for spelling, differ in (("none", False), ("cnn", True), ("gru", True)):
        tagger = tagger_of(
            cell="gru", bidirectional=True, layers=1, spelling=spelling, crf=False
        )
        _, lengths, spellings = batch_of([4], [6])
        unknown = torch.tensor([[1], [1]])
        one, other = tagger(unknown, lengths, spellings)
        assert torch.equal(one, other) is not differ


def test_whole_channels_are_dropped_for_a_sentence():
    tagger = tagger_of(**KINDS[0], embedding_dropout=0.5).train()
    seen: list[Tensor] = []
    tagger.recurrence.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    tagger(*batch_of([4, 5, 6, 7]))
    dropped = seen[0] == 0  # (1, T, E)
    assert torch.equal(dropped.any(dim=1), dropped.all(dim=1))
    assert 0 < int(dropped[0, 0].sum()) < SIZES["embedding_dim"]
