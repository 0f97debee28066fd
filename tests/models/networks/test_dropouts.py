import torch

from models.networks.dropouts import channel_mask, drop_texts, drop_words
from models.networks.layers import state_mask


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


def test_each_dropout_is_constant_along_its_own_axes():
    """By step, by feature, by sample, and by state: which entries (B, T, E) go together."""
    torch.manual_seed(0)
    rows, steps, features = 40, 30, 20
    size = (rows, steps, features)
    ids = drop_words(torch.full((rows, steps), 7), share=0.5, unknown_id=1)
    by_step = (ids == 1).unsqueeze(2).expand(size)
    channels = channel_mask(rows, features, share=0.5, device=ids.device)
    by_feature = (channels == 0).unsqueeze(1).expand(size)
    texts = drop_texts(torch.ones(rows, features), share=0.5)
    by_sample = (texts == 0).unsqueeze(1).expand(size)
    mask = state_mask(torch.zeros(rows, features), share=0.5)
    assert mask is not None
    by_state = (mask == 0).unsqueeze(1).expand(size)  # the same for all steps of a row
    dropped = {"step": by_step, "feature": by_feature, "sample": by_sample, "state": by_state}
    varies = {
        name: [axis for axis in range(3) if (each != each.roll(1, axis)).any()]
        for name, each in dropped.items()
    }
    assert varies == {"step": [0, 1], "feature": [0, 2], "sample": [0], "state": [0, 2]}
    for each in dropped.values():
        assert abs(float(each.float().mean()) - 0.5) < 0.2
