"""What a person may set about the networks, one class per network."""

from typing import Annotated, Literal

from pydantic import Field

from configs.base import Config


class RecurrentClassifierConfig(Config):
    """Recurrent encoder, pooled over time, with a dense layer and one score per class."""

    kind: Literal["recurrent_classifier"] = "recurrent_classifier"
    cell: Literal["lstm", "gru"] = Field("lstm", description="Recurrent cell.")
    bidirectional: bool = Field(True, description="Read from both ends.")
    layers: int = Field(1, ge=1, le=8, description="Recurrent layers.")
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

    @property
    def title(self) -> str:
        """What people call it: BiLSTM, GRU, 2-layer BiGRU."""
        layers = f"{self.layers}-layer " if self.layers > 1 else ""
        return f"{layers}{'Bi' if self.bidirectional else ''}{self.cell.upper()}"


class GRUEncoderDecoderConfig(Config):
    """GRU encoder whose last state starts a GRU decoder, without attention."""

    kind: Literal["gru_encoder_decoder"] = "gru_encoder_decoder"
    layers: int = Field(1, ge=1, le=8, description="Recurrent layers on each side.")
    embedding_dim: int = Field(64, ge=1, le=4096, description="Size of a word's vector.")
    hidden_dim: int = Field(128, ge=1, le=8192, description="State size.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Dropout on embeddings and states.")

    @property
    def title(self) -> str:
        """What people call it."""
        return "GRU encoder-decoder"


NetworkConfig = Annotated[
    RecurrentClassifierConfig | GRUEncoderDecoderConfig, Field(discriminator="kind")
]
