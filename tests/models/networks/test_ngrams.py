import math

import torch
from torch import Tensor

from models.networks.ngrams import HashedNgrams

BEGIN, END, PAD = 2, 3, 0


def ngrams_of(buckets: int = 1009, *, classes: int = 3, random: bool = True) -> HashedNgrams:
    torch.manual_seed(1)
    ngrams = HashedNgrams(buckets, classes, edge_ids=(BEGIN, END), pad_id=PAD)
    if random:
        torch.nn.init.normal_(ngrams.weight)
    return ngrams


def score(ngrams: HashedNgrams, *ids: int) -> Tensor:
    return ngrams(torch.tensor([ids]), torch.tensor([len(ids)]))[0]


def buckets_of(ngrams: HashedNgrams, *pairs: tuple[int, int]) -> list[int]:
    left, right = torch.tensor(pairs).unbind(dim=1)
    return ngrams.bucket_of(left, right).tolist()


def test_ngrams_are_silent_at_first():
    assert score(ngrams_of(random=False), 4, 5, 6).abs().sum() == 0


def test_a_text_is_the_sum_of_its_words_and_pairs_over_the_root_of_their_number():
    ngrams = ngrams_of()
    buckets = buckets_of(ngrams, (PAD, 4), (PAD, 5), (BEGIN, 4), (4, 5), (5, END))
    expected = ngrams.weight[buckets].sum(dim=0) / math.sqrt(5)
    padded = ngrams(torch.tensor([[4, 5, 9, 9], [6, 7, 8, 9]]), torch.tensor([2, 4]))
    torch.testing.assert_close(padded[0], expected)


def test_the_order_of_words_matters():
    ngrams = ngrams_of()
    assert not torch.allclose(score(ngrams, 4, 5, 6), score(ngrams, 5, 4, 6))


def test_pairs_spread_over_the_buckets():
    ngrams = ngrams_of(1024)
    ids = torch.arange(3000)
    left, right = ids.repeat_interleave(30), ids.repeat(30)
    share = ngrams.bucket_of(left, right).bincount(minlength=1024) / len(left)
    assert share.min() > 0.5 / 1024
    assert share.max() < 2 / 1024
