"""Every kind of network that writes one sentence while reading another, small."""

from configs.networks import GRUEncoderDecoderConfig, TransformerConfig

_SMALL = {"embedding_dim": 5, "hidden_dim": 6, "dropout": 0.0}
RECURRENT = {
    "plain": {},
    "plain, two layers": {"layers": 2},
    "plain, both ways": {"bidirectional": True},
    "plain, three layers from the top": {"layers": 3, "decoder_start": "top_layer"},
    "plain, tied": {"tied": True},
    "bahdanau": {"attention": "bahdanau"},
    "bahdanau, both ways": {"attention": "bahdanau", "bidirectional": True},
    "bahdanau, three layers": {"attention": "bahdanau", "layers": 3, "bidirectional": True},
    "bahdanau, tied": {"attention": "bahdanau", "layers": 2, "tied": True},
    "luong": {"attention": "luong"},
    "luong, two layers, both ways": {
        "attention": "luong",
        "layers": 2,
        "bidirectional": True,
        "decoder_start": "top_layer",
    },
    "luong, tied": {"attention": "luong", "tied": True},
}
TRANSFORMERS = {
    "transformer": {"layers": 1},
    "transformer, two layers, not tied": {"layers": 2, "tied": False},
}
EVERY = {
    **{name: GRUEncoderDecoderConfig(**_SMALL, **own) for name, own in RECURRENT.items()},
    **{
        name: TransformerConfig(model_dim=8, heads=2, feedforward_dim=12, dropout=0.0, **own)
        for name, own in TRANSFORMERS.items()
    },
}
"""Configs by a name for people."""
