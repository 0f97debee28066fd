"""Distributions as exact counts: they add up part by part, and tests can be made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storage.files import Json

Counts: TypeAlias = NDArray[np.int64]
_LEAST_MEASURE = 1e-6
_EXACT_UP_TO = 1_000


@dataclass(frozen=True)
class NumberCounts:
    """How often each value of a number occurs; one value a row.

    Attributes:
        values: (N,) the distinct values, ascending.
        counts: (N,) rows of each.
    """

    values: NDArray[np.float64]
    counts: Counts

    @classmethod
    def of(cls, numbers: ArrayLike) -> Self:
        """Count whole numbers: exactly up to 1,000, above that by their first three digits.

        So there are some thousands of distinct values at most, however long texts become.
        """
        given: NDArray[np.float64] = np.asarray(numbers, dtype=np.float64)
        large = given > _EXACT_UP_TO
        if large.any():
            unit = 10.0 ** (np.floor(np.log10(np.where(large, given, 1.0))) - 2)
            given = np.where(large, np.round(given / unit) * unit, given).astype(np.float64)
        values, counts = np.unique(given, return_counts=True)
        return cls(values, counts.astype(np.int64))

    @classmethod
    def of_shares(cls, numbers: ArrayLike) -> Self:
        """Count shares from 0 to 1, to three decimals."""
        rounded: NDArray[np.float64] = np.asarray(numbers, np.float64).round(3)
        values, counts = np.unique(rounded, return_counts=True)
        return cls(values, counts.astype(np.int64))

    @classmethod
    def of_measures(cls, numbers: ArrayLike) -> Self:
        """Count measures of at least 0 by their first two digits, those below 1e-6 as 0."""
        given: NDArray[np.float64] = np.asarray(numbers, np.float64)
        seen = given >= _LEAST_MEASURE
        unit = 10.0 ** (np.floor(np.log10(np.where(seen, given, 1.0))) - 1)
        rounded = np.where(seen, np.round(given / unit) * unit, 0.0).astype(np.float32)
        values, counts = np.unique(rounded, return_counts=True)
        return cls(values.astype(np.float64), counts.astype(np.int64))

    @property
    def rows(self) -> int:
        """Rows counted."""
        return int(self.counts.sum())

    def __add__(self, other: Self) -> Self:
        """Both together."""
        values, counts = _summed(
            np.concatenate([self.values, other.values]),
            np.concatenate([self.counts, other.counts]),
        )
        return type(self)(values, counts)

    def quantile(self, share: float) -> float:
        """The least value that this share of the rows does not exceed."""
        reached = np.searchsorted(np.cumsum(self.counts), share * self.rows)
        return float(self.values[min(int(reached), len(self.values) - 1)])

    def to_json(self) -> Json:
        """Plain values, as `from_json` reads them."""
        return {"values": self.values.tolist(), "counts": self.counts.tolist()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The counts that `to_json` spelt."""
        return cls(
            np.asarray(content["values"], np.float64), np.asarray(content["counts"], np.int64)
        )


@dataclass(frozen=True)
class CategoryCounts:
    """How often each category occurs, over rows that may hold several units each.

    A row holds one label, but many words. Units of one row are not independent, so what is
    needed of their covariance is kept too.

    Attributes:
        names: The K categories.
        rows: Rows counted.
        sums: (K,) units of each category.
        products: (K, K) sum over rows of the products of a row's counts; None where each row
            holds one unit, which makes it the diagonal of `sums`.
    """

    names: tuple[str, ...]
    rows: int
    sums: Counts
    products: Counts | None = None

    @classmethod
    def of(cls, categories: Sequence[str], counts: ArrayLike) -> Self:
        """One unit a row: so many rows of each category."""
        sums = np.asarray(counts, np.int64)
        return cls(tuple(categories), int(sums.sum()), sums)

    @classmethod
    def of_rows(cls, categories: Sequence[str], per_row: Any) -> Self:
        """Several units a row.

        Args:
            categories: K names.
            per_row: (N, K) units of each category in each row, a dense or a sparse array.
        """
        products = per_row.T @ per_row
        dense = products if isinstance(products, np.ndarray) else products.toarray()
        sums = np.asarray(per_row.sum(axis=0)).ravel()
        return cls(
            tuple(categories), per_row.shape[0], sums.astype(np.int64), dense.astype(np.int64)
        )

    @property
    def units(self) -> int:
        """Units counted, all categories together."""
        return int(self.sums.sum())

    @property
    def shares(self) -> dict[str, float]:
        """Share of the units that each category holds, 0 to 1."""
        whole = max(1, self.units)
        return {name: float(s) / whole for name, s in zip(self.names, self.sums, strict=True)}

    def covered(self, names: Sequence[str]) -> Self:
        """The same over these categories, in this order.

        Categories that are not held count zero; those not named are left out.
        """
        if tuple(names) == self.names:
            return self
        place = {name: i for i, name in enumerate(self.names)}
        held = [i for i, name in enumerate(names) if name in place]
        source = [place[names[i]] for i in held]
        sums = np.zeros(len(names), np.int64)
        sums[held] = self.sums[source]
        products = None
        if self.products is not None:
            products = np.zeros((len(names), len(names)), np.int64)
            products[np.ix_(held, held)] = self.products[np.ix_(source, source)]
        return type(self)(tuple(names), self.rows, sums, products)

    def merged(self, groups: Sequence[int], names: Sequence[str]) -> Self:
        """Categories put together.

        Args:
            groups: (K,) for each category the place of the new one it goes to.
            names: The new categories.
        """
        onehot = np.zeros((len(self.names), len(names)), np.int64)
        onehot[np.arange(len(self.names)), np.asarray(groups)] = 1
        products = None if self.products is None else onehot.T @ self.products @ onehot
        return type(self)(tuple(names), self.rows, self.sums @ onehot, products)

    def __add__(self, other: Self) -> Self:
        """Both together, over the categories of either."""
        names = together(self, other)
        one, two = self.covered(names), other.covered(names)
        products = None
        if one.products is not None and two.products is not None:
            products = one.products + two.products
        return type(self)(names, one.rows + two.rows, one.sums + two.sums, products)

    def to_json(self) -> Json:
        """Plain values, as `from_json` reads them; of the products one triangle."""
        upper = None
        if self.products is not None:
            upper = self.products[np.triu_indices(len(self.names))].tolist()
        return {
            "names": list(self.names),
            "rows": self.rows,
            "sums": self.sums.tolist(),
            "products": upper,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The counts that `to_json` spelt."""
        names, products = tuple(content["names"]), None
        if content["products"] is not None:
            products = np.zeros((len(names), len(names)), np.int64)
            products[np.triu_indices(len(names))] = content["products"]
            products = np.maximum(products, products.T)  # counts are not negative
        sums = np.asarray(content["sums"], np.int64)
        return cls(names, content["rows"], sums, products)


Distribution: TypeAlias = NumberCounts | CategoryCounts


def together(one: CategoryCounts, other: CategoryCounts) -> tuple[str, ...]:
    """The categories of either, those of the first in their order before new ones."""
    return tuple(dict.fromkeys([*one.names, *other.names]))


def _summed(values: NDArray[np.float64], counts: Counts) -> tuple[NDArray[np.float64], Counts]:
    distinct, places = np.unique(values, return_inverse=True)
    sums = np.zeros(len(distinct), np.int64)
    np.add.at(sums, places, counts)
    return distinct, sums
