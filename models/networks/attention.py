"""How a decoder looks back at the source: additive and multiplicative attention."""

from torch import Tensor, nn


def attention_weights(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the source, exactly 0 on padding.

    Args:
        scores: (..., S).
        mask: Of a shape that broadcasts to it, bool, True on real tokens; each row needs one.
    """
    return scores.masked_fill(~mask, float("-inf")).softmax(dim=-1)


class AdditiveAttention(nn.Module):
    """Additive attention of Bahdanau et al. 2015, appendix A.1.2.

    https://arxiv.org/abs/1409.0473

    Keys are projected once per sentence by :meth:`project_keys` and passed back in, so the
    module itself holds nothing between steps. The query is projected by whoever asks, who
    has other products of the same state to make along with it.

    Axes: B batch, S source, A size in which query and keys are compared.

    Args:
        key_dim: Size of an encoder state.
        attention_dim: A.
    """

    def __init__(self, key_dim: int, attention_dim: int) -> None:
        super().__init__()
        self.keys = nn.Linear(key_dim, attention_dim, bias=False)
        self.energy = nn.Linear(attention_dim, 1, bias=False)

    def project_keys(self, memory: Tensor) -> Tensor:
        """(B, S, A) keys of (B, S, key_dim) encoder states."""
        projected: Tensor = self.keys(memory)
        return projected

    def forward(self, query: Tensor, projected_keys: Tensor, mask: Tensor) -> Tensor:
        """How much each source token counts for one decoder state.

        Args:
            query: (B, A), the projected decoder state.
            projected_keys: (B, S, A).
            mask: (B, S) bool, True on real source tokens. Each row needs one.

        Returns:
            (B, S) weights, exactly 0 on padding.
        """
        compared = (query.unsqueeze(1) + projected_keys).tanh()  # (B, S, A)
        return attention_weights(self.energy(compared).squeeze(2), mask)


class MultiplicativeAttention(nn.Module):
    """Multiplicative attention, "general" in Luong et al. 2015, section 3.1.

    https://arxiv.org/abs/1508.04025

    Axes: B batch, T target, S source, H decoder state.

    Args:
        key_dim: Size of an encoder state.
        query_dim: H.
    """

    def __init__(self, key_dim: int, query_dim: int) -> None:
        super().__init__()
        self.keys = nn.Linear(key_dim, query_dim, bias=False)

    def project_keys(self, memory: Tensor) -> Tensor:
        """(B, S, H) keys of (B, S, key_dim) encoder states."""
        projected: Tensor = self.keys(memory)
        return projected

    def forward(self, queries: Tensor, projected_keys: Tensor, mask: Tensor) -> Tensor:
        """How much each source token counts for each of many decoder states.

        Args:
            queries: (B, T, H) decoder states.
            projected_keys: (B, S, H).
            mask: (B, S) bool, True on real source tokens. Each row needs one.

        Returns:
            (B, T, S) weights, exactly 0 on padding.
        """
        scores = queries @ projected_keys.transpose(1, 2)  # (B, T, S)
        return attention_weights(scores, mask.unsqueeze(1))
