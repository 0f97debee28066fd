import torch

from models.networks.dropouts import channel_mask, drop_texts, drop_words


def test_dropped_words_become_the_unknown_word_in_the_share_asked():
    torch.manual_seed(0)
    dropped = drop_words(torch.full((100, 100), 7), share=0.2, unknown_id=1)
    assert set(dropped.unique().tolist()) == {1, 7}
    assert abs((dropped == 1).float().mean().item() - 0.2) < 0.02


def test_channel_mask_keeps_the_expected_value():
    torch.manual_seed(0)
    mask = channel_mask(200, 200, share=0.25, device=torch.device("cpu"))
    assert mask.shape == (200, 200)
    assert set(mask.unique().tolist()) == {0.0, torch.tensor(4 / 3).item()}
    assert abs(mask.mean().item() - 1) < 0.02


def test_dropped_texts_lose_all_their_scores_and_the_others_none():
    torch.manual_seed(0)
    scores = drop_texts(torch.ones(1000, 3), share=0.3)
    assert {tuple(row) for row in scores.tolist()} == {(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)}
    assert abs((scores[:, 0] == 0).float().mean().item() - 0.3) < 0.05
