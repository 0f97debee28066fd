import torch

from models.networks.naive_bayes import SMOOTHING, log_count_ratios


def test_with_two_classes_each_gets_half_the_ratio_with_its_sign():
    counts = torch.tensor([[3, 1], [2, 2], [0, 5]])
    shares = (counts + SMOOTHING) / (counts + SMOOTHING).sum(dim=0)
    half = (shares[:, 1] / shares[:, 0]).log() / 2
    expected = torch.stack([-half, half], dim=1)
    torch.testing.assert_close(log_count_ratios(counts), expected, check_dtype=False)


def test_what_was_never_seen_says_nothing_and_changes_nothing():
    counts = torch.tensor([[3, 1], [2, 2]])
    more = torch.tensor([[3, 1], [0, 0], [2, 2]])
    ratios = log_count_ratios(more)
    assert ratios[1].tolist() == [0, 0]
    torch.testing.assert_close(ratios[[0, 2]], log_count_ratios(counts))


def test_no_class_is_favoured_on_the_whole():
    torch.manual_seed(0)
    ratios = log_count_ratios(torch.randint(0, 9, (50, 3)))
    torch.testing.assert_close(ratios.sum(dim=1), torch.zeros(50), check_dtype=False)
