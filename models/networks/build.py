"""From a network's config to the network: configs stop here."""

from dataclasses import dataclass
from typing import TypeAlias, TypeVar, assert_never, overload

from configs.networks import (
    BagOfWordsConfig,
    EventClassifierConfig,
    GRUEncoderDecoderConfig,
    NetworkConfig,
    RecurrentClassifierConfig,
    RecurrentLanguageModelConfig,
    RecurrentTaggerConfig,
    TransformerConfig,
)
from models.networks.bags import BagOfWords
from models.networks.classifiers import RecurrentClassifier
from models.networks.event_classifiers import EventClassifier
from models.networks.language_models import RecurrentLanguageModel
from models.networks.seq2seq import GRUEncoderDecoder
from models.networks.taggers import RecurrentTagger
from models.networks.transformer import Transformer
from models.text.vocabulary import BOS_ID, EOS_ID, PAD_ID, SPECIALS, UNKNOWN_ID


@dataclass(frozen=True)
class ClassifierSizes:
    """What the data decides about a classifier.

    Attributes:
        vocabulary: Number of ids, specials included.
        classes: Number of labels.
    """

    vocabulary: int
    classes: int


@dataclass(frozen=True)
class TaggerSizes:
    """What the data decides about a tagger: numbers of ids, specials included, and of tags."""

    vocabulary: int
    characters: int
    tags: int


@dataclass(frozen=True)
class LanguageModelSizes:
    """What the data decides about a language model: its number of ids, specials included."""

    vocabulary: int


@dataclass(frozen=True)
class Seq2SeqSizes:
    """What the data decides about an encoder-decoder: numbers of ids, specials included."""

    source_vocabulary: int
    target_vocabulary: int


Seq2SeqNetwork: TypeAlias = GRUEncoderDecoder | Transformer
Classifier: TypeAlias = RecurrentClassifier | BagOfWords
Network: TypeAlias = (
    Classifier | EventClassifier | RecurrentTagger | RecurrentLanguageModel | Seq2SeqNetwork
)
Sizes: TypeAlias = ClassifierSizes | TaggerSizes | LanguageModelSizes | Seq2SeqSizes
SizesT = TypeVar("SizesT", ClassifierSizes, TaggerSizes, LanguageModelSizes, Seq2SeqSizes)


@overload
def build_network(config: RecurrentClassifierConfig, sizes: Sizes) -> RecurrentClassifier: ...
@overload
def build_network(config: BagOfWordsConfig, sizes: Sizes) -> BagOfWords: ...
@overload
def build_network(config: EventClassifierConfig, sizes: Sizes) -> EventClassifier: ...
@overload
def build_network(config: RecurrentTaggerConfig, sizes: Sizes) -> RecurrentTagger: ...
@overload
def build_network(
    config: RecurrentLanguageModelConfig, sizes: Sizes
) -> RecurrentLanguageModel: ...
@overload
def build_network(config: GRUEncoderDecoderConfig, sizes: Sizes) -> GRUEncoderDecoder: ...
@overload
def build_network(config: TransformerConfig, sizes: Sizes) -> Transformer: ...
@overload
def build_network(config: NetworkConfig, sizes: Sizes) -> Network: ...
def build_network(config: NetworkConfig, sizes: Sizes) -> Network:
    """The network of a config, freshly initialised from torch's random state.

    Raises:
        TypeError: If the sizes are those of another problem.
    """
    match config:
        case RecurrentClassifierConfig():
            return _recurrent_classifier(config, _expected(sizes, ClassifierSizes))
        case BagOfWordsConfig():
            return _bag_of_words(config, _expected(sizes, ClassifierSizes))
        case EventClassifierConfig():
            return _event_classifier(config, _expected(sizes, ClassifierSizes))
        case RecurrentTaggerConfig():
            return _recurrent_tagger(config, _expected(sizes, TaggerSizes))
        case RecurrentLanguageModelConfig():
            return _language_model(config, _expected(sizes, LanguageModelSizes))
        case GRUEncoderDecoderConfig():
            return _gru_encoder_decoder(config, _expected(sizes, Seq2SeqSizes))
        case TransformerConfig():
            return _transformer(config, _expected(sizes, Seq2SeqSizes))
        case _:
            assert_never(config)


def _expected(sizes: Sizes, kind: type[SizesT]) -> SizesT:
    if not isinstance(sizes, kind):
        raise TypeError(
            f"this network is built from {kind.__name__}, not {type(sizes).__name__}"
        )
    return sizes


def _recurrent_classifier(
    config: RecurrentClassifierConfig, sizes: ClassifierSizes
) -> RecurrentClassifier:
    return RecurrentClassifier(
        sizes.vocabulary,
        sizes.classes,
        cell=config.cell,
        bidirectional=config.bidirectional,
        layers=config.layers,
        halving=config.halving,
        embedding_dim=config.embedding_dim,
        embedding_deviation=config.embedding_deviation,
        hidden_dim=config.hidden_dim,
        dense_dim=config.dense_dim,
        pooling=config.pooling,
        dropout=config.dropout,
        embedding_dropout=config.embedding_dropout,
        word_dropout=config.word_dropout,
        ngram_buckets=config.ngram_buckets,
        ngram_dropout=config.ngram_dropout,
        unknown_id=UNKNOWN_ID,
        edge_ids=(BOS_ID, EOS_ID),
        pad_id=PAD_ID,
    )


def _bag_of_words(config: BagOfWordsConfig, sizes: ClassifierSizes) -> BagOfWords:
    return BagOfWords(
        sizes.vocabulary,
        sizes.classes,
        bag=config.bag,
        hidden_dims=config.hidden_dims,
        activation=config.activation,
        initial=config.initial,
        initial_deviation=config.initial_deviation,
        dropout=config.dropout,
        word_dropout=config.word_dropout,
        sparse_gradient=config.sparse_gradient,
        specials=len(SPECIALS),
    )


def _event_classifier(config: EventClassifierConfig, sizes: ClassifierSizes) -> EventClassifier:
    return EventClassifier(
        sizes.vocabulary,
        sizes.classes,
        time=config.time,
        gap_scale=config.gap_scale,
        embedding_dim=config.embedding_dim,
        hidden_dim=config.hidden_dim,
        dense_dim=config.dense_dim,
        dropout=config.dropout,
        auxiliary=config.auxiliary_weight > 0,
    )


def _recurrent_tagger(config: RecurrentTaggerConfig, sizes: TaggerSizes) -> RecurrentTagger:
    return RecurrentTagger(
        sizes.vocabulary,
        sizes.characters,
        sizes.tags,
        cell=config.cell,
        bidirectional=config.bidirectional,
        layers=config.layers,
        embedding_dim=config.embedding_dim,
        spelling=config.spelling,
        character_dim=config.character_dim,
        spelling_dim=config.spelling_dim,
        hidden_dim=config.hidden_dim,
        crf=config.crf,
        dropout=config.dropout,
        embedding_dropout=config.embedding_dropout,
        word_dropout=config.word_dropout,
        unknown_id=UNKNOWN_ID,
    )


def _language_model(
    config: RecurrentLanguageModelConfig, sizes: LanguageModelSizes
) -> RecurrentLanguageModel:
    return RecurrentLanguageModel(
        sizes.vocabulary,
        cell=config.cell,
        layers=config.layers,
        embedding_dim=config.embedding_dim,
        hidden_dim=config.hidden_dim,
        dropout=config.dropout,
        recurrent_dropout=config.recurrent_dropout,
    )


def _gru_encoder_decoder(
    config: GRUEncoderDecoderConfig, sizes: Seq2SeqSizes
) -> GRUEncoderDecoder:
    return GRUEncoderDecoder(
        sizes.source_vocabulary,
        sizes.target_vocabulary,
        attention=config.attention,
        bidirectional=config.bidirectional,
        layers=config.layers,
        decoder_start=config.decoder_start,
        embedding_dim=config.embedding_dim,
        hidden_dim=config.hidden_dim,
        dropout=config.dropout,
        tied=config.tied,
    )


def _transformer(config: TransformerConfig, sizes: Seq2SeqSizes) -> Transformer:
    return Transformer(
        sizes.source_vocabulary,
        sizes.target_vocabulary,
        layers=config.layers,
        model_dim=config.model_dim,
        heads=config.heads,
        feedforward_dim=config.feedforward_dim,
        dropout=config.dropout,
        tied=config.tied,
    )
