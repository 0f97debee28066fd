"""What simple methods reach on the same splits: the bar that a network has to clear.

Classification: always the most frequent class; multinomial naive Bayes and logistic regression
on word and word-pair counts, their few settings chosen on the validation split.
Translation: the source as it is; the stored translation of the most similar training source.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.own_bags import OwnBags

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import TfidfVectorizer

Texts: TypeAlias = "pd.Series[str]"

MOST_ROWS = 200_000
LARGE_MEMORY = 20_000
SOURCES_AT_ONCE = 512
_WORDS_AND_SIGNS = r"(?u)\w+|[^\w\s]"  # punctuation tells polarity; it is no noise here
_ALPHAS = (1.0, 0.3, 0.1)
_STRENGTHS = (1.0, 3.0, 10.0, 30.0)  # inverse of the penalty's weight
_MAX_FEATURES = 1_000_000
_FEW_CLASSES = 5
"""Of more classes pairs are left out: regression over a million features of twenty classes
takes gigabytes and a quarter of an hour."""
_FREQUENT = 0.05
"""Of a large memory, words in more than this share of the texts are left out: they say little
and cost most. On 107,000 Tatoeba sources that is 20 times faster for 0.2 BLEU less."""


@dataclass(frozen=True)
class Baseline:
    """A simple method's answers to the test rows.

    Attributes:
        name: As in the names of metrics: `logistic_regression`.
        answers: (N,) one label or translation per test row.
        settings: What was chosen on validation, and on how many rows it was fitted.
    """

    name: str
    answers: NDArray[np.object_]
    settings: str


class SimpleClassifier(Protocol):
    """One of scikit-learn's."""

    def fit(self, features: "csr_array", labels: NDArray[np.int64]) -> object: ...
    def predict(self, features: "csr_array") -> NDArray[np.int64]: ...


@dataclass(frozen=True)
class Fitted:
    """A candidate with its accuracy on validation and its answers to the test rows."""

    accuracy: float
    answers: NDArray[np.int64]
    settings: str


@dataclass(frozen=True)
class Bags:
    """The three splits as sparse bags of n-grams, (N, features) each."""

    train: "csr_array"
    validation: "csr_array"
    test: "csr_array"
    words: str


def classification_baselines(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    test: Texts,
    *,
    own: OwnBags | None = None,
    most_rows: int = MOST_ROWS,
) -> list[Baseline]:
    """Answers of majority, naive Bayes and logistic regression to the test texts.

    Args:
        train: Columns text and label.
        validation: Columns text and label; settings are chosen here.
        test: The texts to label.
        own: The bags that the network reads, to be read in place of words and word pairs.
        most_rows: Where training has more rows, so many of them are drawn and used.
    """
    fitted_on = train.sample(most_rows, random_state=0) if len(train) > most_rows else train
    classes, labels = np.unique(fitted_on["label"].to_numpy(dtype=object), return_inverse=True)
    tuning = pd.Index(classes).get_indexer(pd.Index(validation["label"]))
    bayes: list[Fitted] = []
    regression: list[Fitted] = []
    if own is None:
        pairs = len(classes) <= _FEW_CLASSES
        bags = _bags(fitted_on["text"], validation["text"], test, pairs=pairs)
    else:
        rows_fitted = train.index.get_indexer(fitted_on.index)
        counts = (own.train[rows_fitted], own.validation, own.test)
        bags = [Bags(*counts, "counts of the network's words")]
    for present in bags:
        weighted = _weighted(present)
        bayes += tried(_bayes_candidates(), [present, weighted], labels, tuning)
        regression += tried(regression_candidates(), [weighted], labels, tuning)
    rows = f"{len(fitted_on):,} of {len(train):,} rows"
    return [
        majority(train["label"], len(test)),
        best_of("naive_bayes", bayes, classes, rows),
        best_of("logistic_regression", regression, classes, rows),
    ]


def translation_baselines(
    train: pd.DataFrame,
    test: Texts,
    *,
    large_memory: int = LARGE_MEMORY,
    at_once: int = SOURCES_AT_ONCE,
) -> list[Baseline]:
    """Answers of copying the source and of a translation memory to the test sources.

    Args:
        train: Columns source and target.
        test: The sources to translate.
        large_memory: With more training sources, frequent words do not count in the search.
        at_once: Sources looked up together, which bounds memory.
    """
    copies = test.to_numpy(dtype=object)
    distinct = train.drop_duplicates("source")
    sources = distinct["source"]
    most_frequent = _FREQUENT if len(sources) > large_memory else 1.0
    nearest = _nearest(sources, test, most_frequent=most_frequent, at_once=at_once)
    found = np.concatenate(list(nearest))
    targets = distinct["target"].to_numpy(dtype=object)
    remembered = np.where(found >= 0, targets[found], copies)
    return [
        Baseline("copy_source", copies, "the source as it is"),
        Baseline(
            "translation_memory",
            remembered,
            f"translation of the nearest of {len(distinct):,} sources by TF-IDF cosine; "
            f"{int((found < 0).sum()):,} without a common word are copied",
        ),
    ]


def majority(labels: Texts, rows: int) -> Baseline:
    """Always the most frequent class of training."""
    counts = labels.value_counts()
    label = min(counts.index[counts == counts.iloc[0]])
    answers = np.full(rows, label, dtype=object)
    share = counts.iloc[0] / counts.sum()
    return Baseline("majority", answers, f"always {label}, {share:.2f} of the training rows")


def _bags(train: Texts, validation: Texts, test: Texts, *, pairs: bool) -> list[Bags]:
    """Which words, and which words and word pairs, each text holds; or words alone."""
    vectorizer = _vectorizer(idf=False, longest=2 if pairs else 1)
    both = Bags(
        vectorizer.fit_transform(train),
        vectorizer.transform(validation),
        vectorizer.transform(test),
        "presence of words and word pairs" if pairs else "presence of words",
    )
    if not pairs:
        return [both]
    is_word = np.char.find(vectorizer.get_feature_names_out().astype(str), " ") < 0
    words = Bags(
        both.train[:, is_word],
        both.validation[:, is_word],
        both.test[:, is_word],
        "presence of words",
    )
    return [words, both]


def _weighted(present: Bags) -> Bags:
    """The same weighted by TF-IDF, each row of unit length."""
    from sklearn.feature_extraction.text import TfidfTransformer

    weighting = TfidfTransformer(sublinear_tf=True).fit(present.train)
    return Bags(
        weighting.transform(present.train),
        weighting.transform(present.validation),
        weighting.transform(present.test),
        f"{present.words} by TF-IDF",
    )


def _vectorizer(
    *, idf: bool, most_frequent: float = 1.0, longest: int = 2
) -> "TfidfVectorizer":
    """Presence of words, signs and, up to so many, their neighbours; with idf weighted.

    What stands in more than the share `most_frequent` of the texts is left out.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        token_pattern=_WORDS_AND_SIGNS,
        ngram_range=(1, longest),
        binary=True,
        use_idf=idf,
        norm="l2" if idf else None,
        max_features=_MAX_FEATURES,
        max_df=most_frequent,
    )


def _bayes_candidates() -> list[tuple[str, SimpleClassifier]]:
    from sklearn.naive_bayes import MultinomialNB

    return [(f"alpha {alpha:g}", MultinomialNB(alpha=alpha)) for alpha in _ALPHAS]


def regression_candidates() -> list[tuple[str, SimpleClassifier]]:
    """Logistic regressions to choose from, by their settings."""
    from sklearn.linear_model import LogisticRegression

    return [
        (f"C {strength:g}", LogisticRegression(C=strength, max_iter=1000, tol=1e-3))
        for strength in _STRENGTHS
    ]


def tried(
    candidates: Iterable[tuple[str, SimpleClassifier]],
    bags: Sequence[Bags],
    labels: NDArray[np.int64],
    tuning: NDArray[np.int64],
) -> list[Fitted]:
    """Every candidate on every kind of bag."""
    fitted = []
    for settings, classifier in candidates:
        for bag in bags:
            classifier.fit(bag.train, labels)
            accuracy = float((classifier.predict(bag.validation) == tuning).mean())
            answers = classifier.predict(bag.test)
            fitted.append(Fitted(accuracy, answers, f"{settings}, {bag.words}"))
    return fitted


def best_of(
    name: str, fitted: Sequence[Fitted], classes: NDArray[np.object_], rows: str
) -> Baseline:
    """The candidate that validation likes best; among equals the first, simplest one."""
    best = max(fitted, key=lambda candidate: candidate.accuracy)
    settings = f"{best.settings}, fitted on {rows}; {best.accuracy:.3f} on validation"
    return Baseline(name, classes[best.answers], settings)


def _nearest(
    stored: Texts, asked: Texts, *, most_frequent: float, at_once: int
) -> Iterator[NDArray[np.int64]]:
    """Position of the most similar stored text for each one asked, -1 without a common word."""
    vectorizer = _vectorizer(idf=True, most_frequent=most_frequent)
    memory = vectorizer.fit_transform(stored).T.tocsr()
    questions = vectorizer.transform(asked)
    for first in range(0, questions.shape[0], at_once):
        likeness = questions[first : first + at_once] @ memory
        best = np.asarray(likeness.argmax(axis=1)).ravel()
        yield np.where(np.diff(likeness.indptr) > 0, best, -1)
