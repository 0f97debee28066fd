"""What a person may set about the networks, one class per network."""

from collections.abc import Set
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from configs.base import Config


class RecurrentClassifierConfig(Config):
    """Recurrent encoder, pooled over time, with a dense layer and one score per class."""

    kind: Literal["recurrent_classifier"] = "recurrent_classifier"
    cell: Literal["lstm", "gru"] = Field("lstm", description="Recurrent cell.")
    bidirectional: bool = Field(True, description="Read from both ends.")
    layers: int = Field(1, ge=1, le=8, description="Recurrent layers.")
    halving: bool = Field(
        False, description="Each layer has half the state of the one below, as 16, 8, 4."
    )
    embedding_dim: int = Field(64, ge=1, le=4096, description="Size of a word's vector.")
    embedding_deviation: float = Field(
        0.1, gt=0, le=10, description="Standard deviation of the word vectors before training."
    )
    hidden_dim: int = Field(64, ge=1, le=8192, description="State size of one direction.")
    dense_dim: int = Field(
        64, ge=0, le=8192, description="Dense layer before the scores; 0: none."
    )
    pooling: Literal["last", "max", "mean", "max_mean"] = Field(
        "last", description="How states over time become one: the final states, or pooled."
    )
    dropout: float = Field(0.3, ge=0, lt=1, description="Dropout between the parts.")
    embedding_dropout: float = Field(
        0.0, ge=0, lt=1, description="Whole embedding channels dropped, per text."
    )
    word_dropout: float = Field(
        0.0, ge=0, lt=1, description="Words replaced by the unknown word in training."
    )
    ngram_buckets: int = Field(
        0,
        ge=0,
        le=4_000_000,
        description="Rows of weights for hashed words and word pairs, which score the classes "
        "beside the network; 0: none.",
    )
    ngram_dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Texts that must do without their n-grams in training.",
    )

    start: Literal["chance", "naive_bayes"] = Field(
        "chance",
        description="naive_bayes: word vectors and n-grams start from what training rows say "
        "of each word by itself; for few rows.",
    )

    @model_validator(mode="after")
    def _states_can_be_halved(self) -> Self:
        if self.halving and self.hidden_dim % 2 ** (self.layers - 1):
            raise ValueError(
                f"hidden_dim {self.hidden_dim} cannot be halved {self.layers - 1} times; take "
                f"a multiple of {2 ** (self.layers - 1)}, or halving=false"
            )
        return self

    @property
    def title(self) -> str:
        """What people call it: BiLSTM, GRU, 2-layer BiGRU."""
        layers = f"{self.layers}-layer " if self.layers > 1 else ""
        return f"{layers}{'Bi' if self.bidirectional else ''}{self.cell.upper()}"


class BagOfWordsConfig(Config):
    """Layers over bags of words: which words a text holds and how often, not their order."""

    kind: Literal["bag_of_words"] = "bag_of_words"
    bag: Literal["binary", "count", "frequency", "tfidf"] = Field(
        "tfidf",
        description="What a word of a text counts. binary: 1. count: its occurrences. "
        "frequency: its share of the text. tfidf: more the fewer texts have it.",
    )
    hidden_dims: tuple[Annotated[int, Field(ge=1, le=65_536)], ...] = Field(
        (128,), min_length=1, max_length=8, description="Sizes of the layers."
    )
    activation: Literal["relu", "tanh", "selu"] = Field("relu", description="Between layers.")
    initial: Literal["he", "normal"] = Field(
        "normal", description="How weights are drawn. he: by the inputs of each layer."
    )
    initial_deviation: float = Field(
        0.1, gt=0, le=10, description="normal: standard deviation of the words' vectors."
    )
    dropout: float = Field(0.5, ge=0, lt=1, description="Dropout before each layer.")
    word_dropout: float = Field(
        0.0, ge=0, lt=1, description="Words left out of a text in training."
    )
    sparse_gradient: bool = Field(
        True, description="Only the words of a batch are updated; for adam, without clipping."
    )

    @property
    def title(self) -> str:
        """What people call it: bag of words, MLP 128-128."""
        return f"bag of words, MLP {'-'.join(map(str, self.hidden_dims))}"


_TIME_TITLES = {
    "none": "LSTM, blind to time",
    "concatenated": "LSTM, gaps beside events",
    "convolution": "LSTM, gaps and events mixed",
    "forget_gate": "LSTM, gaps in the forget gate",
    "decay": "time-aware LSTM",
}


class EventClassifierConfig(Config):
    """LSTM over events and the times between them, a dense layer and one score per class."""

    kind: Literal["event_classifier"] = "event_classifier"
    time: Literal["none", "concatenated", "convolution", "forget_gate", "decay"] = Field(
        "concatenated",
        description="How gaps are read. none: not at all. concatenated: their logarithm beside "
        "the event's vector. convolution: the same, mixed by a 1x1 convolution. forget_gate: "
        "the forget gate is multiplied by 1/(1 + gap). decay: short-term memory fades with the "
        "gap (Baytas et al. 2017).",
    )
    gap_scale: float = Field(
        1.0, gt=0, description="Gaps are divided by it, in the unit of the data."
    )
    embedding_dim: int = Field(32, ge=1, le=4096, description="Size of an event's vector.")
    hidden_dim: int = Field(32, ge=1, le=8192, description="State size.")
    dense_dim: int = Field(64, ge=1, le=8192, description="Dense layer before the scores.")
    dropout: float = Field(0.2, ge=0, lt=1, description="Dropout between the parts.")
    auxiliary_weight: float = Field(
        0.0,
        ge=0,
        le=10,
        description="Weight of a second loss, of scores straight from the final state; the "
        "main one's is 1.",
    )

    @property
    def title(self) -> str:
        """What people call it."""
        return _TIME_TITLES[self.time]


class RecurrentTaggerConfig(Config):
    """Words and their spellings read by recurrent layers, and scores of each word's tags."""

    kind: Literal["recurrent_tagger"] = "recurrent_tagger"
    cell: Literal["lstm", "gru"] = Field("gru", description="Recurrent cell.")
    bidirectional: bool = Field(True, description="Read from both ends.")
    layers: int = Field(1, ge=1, le=8, description="Recurrent layers.")
    embedding_dim: int = Field(100, ge=1, le=4096, description="Size of a word's own vector.")
    spelling: Literal["none", "cnn", "gru"] = Field(
        "cnn", description="How a word's characters are read, which tell unknown words apart."
    )
    character_dim: int = Field(30, ge=1, le=1024, description="Size of a character's vector.")
    spelling_dim: int = Field(
        60, ge=2, le=4096, multiple_of=2, description="Size of what a spelling adds to a word."
    )
    hidden_dim: int = Field(128, ge=1, le=8192, description="State size of one direction.")
    crf: bool = Field(True, description="Score the tags of a sentence together.")
    dropout: float = Field(0.3, ge=0, lt=1, description="Dropout between the parts.")
    embedding_dropout: float = Field(
        0.0, ge=0, lt=1, description="Whole channels of vectors dropped, per sentence."
    )
    word_dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Words read as the unknown one in training; their spelling stays.",
    )

    @property
    def title(self) -> str:
        """What people call it: BiGRU, BiLSTM + spelling + CRF."""
        layers = f"{self.layers}-layer " if self.layers > 1 else ""
        name = f"{layers}{'Bi' if self.bidirectional else ''}{self.cell.upper()}"
        spelling = "" if self.spelling == "none" else " + spelling"
        return f"{name}{spelling}{' + CRF' if self.crf else ''}"


Cell = Literal["rnn_tanh", "rnn_relu", "lstm", "gru", "gru_reset_before", "peephole_lstm"]
_CELL_TITLES: dict[Cell, str] = {
    "rnn_tanh": "RNN (tanh)",
    "rnn_relu": "RNN (relu)",
    "lstm": "LSTM",
    "gru": "GRU",
    "gru_reset_before": "GRU, reset before",
    "peephole_lstm": "peephole LSTM",
}


class RecurrentLanguageModelConfig(Config):
    """Recurrent layers that read a text in its order, and scores of what comes next."""

    kind: Literal["recurrent_language_model"] = "recurrent_language_model"
    cell: Cell = Field(
        "gru",
        description="Recurrent cell. gru: reset after the product with the state, as Keras and "
        "cuDNN have it. gru_reset_before: as Cho et al. 2014. peephole_lstm: Gers and "
        "Schmidhuber 2000.",
    )
    layers: int = Field(1, ge=1, le=8, description="Recurrent layers.")
    embedding_dim: int = Field(256, ge=1, le=4096, description="Size of a token's vector.")
    hidden_dim: int = Field(100, ge=1, le=8192, description="State size.")
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Dropout on vectors, between layers and before the scores."
    )
    recurrent_dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Dropout between the states of a layer: on weights of the cells that torch "
        "has, on states of the others.",
    )

    @property
    def title(self) -> str:
        """What people call it: 2-layer LSTM of 512."""
        layers = f"{self.layers}-layer " if self.layers > 1 else ""
        return f"{layers}{_CELL_TITLES[self.cell]} of {self.hidden_dim}"


class GRUEncoderDecoderConfig(Config):
    """GRU encoder and GRU decoder, without attention or with one of two kinds of it."""

    kind: Literal["gru_encoder_decoder"] = "gru_encoder_decoder"
    attention: Literal["none", "bahdanau", "luong"] = Field(
        "none",
        description="How the decoder looks back at the source. none: through its first state "
        "alone. bahdanau: additive, fed into the recurrence. luong: multiplicative, after it.",
    )
    bidirectional: bool = Field(False, description="Let the encoder read from both ends.")
    layers: int = Field(1, ge=1, le=8, description="Recurrent layers on each side.")
    decoder_start: Literal["same_layer", "top_layer"] = Field(
        "same_layer",
        description="Which final state of the encoder each layer of the decoder starts from.",
    )
    embedding_dim: int = Field(64, ge=1, le=4096, description="Size of a word's vector.")
    hidden_dim: int = Field(128, ge=1, le=8192, description="State size of one direction.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Dropout on embeddings and states.")
    tied: bool = Field(
        False, description="One matrix for the target's word vectors and its scores."
    )

    @property
    def title(self) -> str:
        """What people call it."""
        name = {"none": "", "bahdanau": " with attention", "luong": " with Luong attention"}
        return f"GRU encoder-decoder{name[self.attention]}"


class TransformerConfig(Config):
    """Transformer encoder and decoder of Vaswani et al. 2017, normalised before each part."""

    kind: Literal["transformer"] = "transformer"
    layers: int = Field(3, ge=1, le=24, description="Layers on each side.")
    model_dim: int = Field(256, ge=2, le=8192, description="Size of a state, a word's vector.")
    heads: int = Field(4, ge=1, le=64, description="Attention heads; they share model_dim.")
    feedforward_dim: int = Field(1024, ge=1, le=65_536, description="Size between two layers.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Dropout on embeddings and states.")
    tied: bool = Field(
        True, description="One matrix for the target's word vectors and its scores."
    )

    @model_validator(mode="after")
    def _heads_share_the_model(self) -> Self:
        if self.model_dim % self.heads or self.model_dim // self.heads % 2:
            raise ValueError(
                f"model_dim {self.model_dim} over {self.heads} heads gives each "
                f"{self.model_dim / self.heads:g} numbers; take a model_dim that is a multiple "
                f"of {2 * self.heads}"
            )
        return self

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.layers}-layer Transformer"


NetworkConfig = Annotated[
    RecurrentClassifierConfig
    | BagOfWordsConfig
    | EventClassifierConfig
    | RecurrentTaggerConfig
    | RecurrentLanguageModelConfig
    | GRUEncoderDecoderConfig
    | TransformerConfig,
    Field(discriminator="kind"),
]


def settings_of(kind: Any) -> Set[str]:
    """Names of the settings of the network of this kind; none where there is no such kind."""
    members, _ = get_args(NetworkConfig)
    for member in get_args(members):
        if member.model_fields["kind"].default == kind:
            return set(member.model_fields)
    return frozenset()
