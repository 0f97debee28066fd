"""A linear-chain conditional random field: tags that are scored together, not one by one."""

import torch
from torch import Tensor, nn


class LinearChainCRF(nn.Module):
    """Scores of tags that follow each other, over scores of tags by themselves.

    Lafferty et al. 2001, as an output layer of a network: Lample et al. 2016, section 2.2.

    Axes: B batch, T time, K tags. Scores of tokens are (B, T, K); what stands behind a row's
    length has no influence, and each row needs a token.

    Args:
        tags: K.
    """

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.empty(tags))
        self.follows = nn.Parameter(torch.empty(tags, tags))  # from, to
        self.last = nn.Parameter(torch.empty(tags))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -0.1, 0.1)

    def forward(self, scores: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """(B,) natural log of the probability of each row's tags.

        Args:
            scores: (B, T, K).
            tags: (B, T) int64; any valid ones behind a row's length.
            lengths: (B,) int64, on the scores' device.
        """
        return self.path_scores(scores, tags, lengths) - self.log_partition(scores, lengths)

    def path_scores(self, scores: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """(B,) scores of given tags, not normalised; arguments as in `forward`."""
        mask = _mask(scores, lengths)
        own = scores.gather(2, tags.unsqueeze(2)).squeeze(2)  # (B, T)
        steps = self.follows[tags[:, :-1], tags[:, 1:]]  # (B, T - 1)
        ends = tags.gather(1, (lengths - 1).unsqueeze(1)).squeeze(1)
        edges = self.first[tags[:, 0]] + self.last[ends]
        own, steps = own.masked_fill(~mask, 0), steps.masked_fill(~mask[:, 1:], 0)
        return own.sum(dim=1) + steps.sum(dim=1) + edges

    def log_partition(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """(B,) log of the summed exponentials of all paths' scores: the forward algorithm."""
        mask = _mask(scores, lengths)
        forward = self.first + scores[:, 0]  # (B, K)
        for place in range(1, scores.shape[1]):
            after = torch.logsumexp(forward.unsqueeze(2) + self.follows, dim=1)  # (B, K)
            forward = torch.where(
                mask[:, place].unsqueeze(1), after + scores[:, place], forward
            )
        return torch.logsumexp(forward + self.last, dim=1)

    def best(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) int64, each row's likeliest tags together, 0 behind its length: Viterbi.

        Of equally likely ones the lower tags come first, from the end on.
        """
        mask = _mask(scores, lengths)
        best = self.first + scores[:, 0]  # (B, K)
        stay = torch.arange(scores.shape[2], device=scores.device).expand_as(best)
        before = []  # T - 1 of (B, K): the tag before each
        for place in range(1, scores.shape[1]):
            value, tag = (best.unsqueeze(2) + self.follows).max(dim=1)
            real = mask[:, place].unsqueeze(1)
            best = torch.where(real, value + scores[:, place], best)
            before.append(torch.where(real, tag, stay))
        tag = (best + self.last).argmax(dim=1, keepdim=True)  # (B, 1)
        tags = [tag]
        for step in reversed(before):
            tag = step.gather(1, tag)
            tags.append(tag)
        return torch.cat(tags[::-1], dim=1).masked_fill(~mask, 0)


def _mask(scores: Tensor, lengths: Tensor) -> Tensor:
    """(B, T) bool, True on real tokens."""
    places = torch.arange(scores.shape[1], device=scores.device)
    return places < lengths.unsqueeze(1)
