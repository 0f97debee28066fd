"""Who goes into training, validation and test: groups of equal text never straddle two.

With `hash`, a row's split follows from its group's hash and the split seed alone, so rows
added later move none. Shares are shares of groups.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from configs.data import SPLITS, DataConfig, SplitName
from corpora.grouping import Hashes
from storage.errors import InputError

Assignment = NDArray[np.int8]
"""For each row the place of its split in SPLITS, or DROPPED."""
TRAIN, VALIDATION, TEST = range(len(SPLITS))
DROPPED = -1


def split_by_hash(
    groups: Hashes, *, seed: int, validation_share: float, test_share: float
) -> Assignment:
    """Each group to the split that its number from 0 to 1 falls into."""
    number = _number(groups, seed, purpose="split")
    evaluation = np.where(number < test_share, TEST, VALIDATION)
    in_training = number >= test_share + validation_share
    return np.where(in_training, TRAIN, evaluation).astype(np.int8)


def split_as_published(
    published: Assignment, groups: Hashes, *, seed: int, validation_share: float
) -> Assignment:
    """The authors' own splits; where they made no validation, groups of training become it."""
    if (published == VALIDATION).any():
        return published
    chosen = _number(groups, seed, purpose="split") < validation_share
    return np.where((published == TRAIN) & chosen, VALIDATION, published).astype(np.int8)


def split_by_time(
    times: NDArray[np.int64], *, validation_share: float, test_share: float
) -> Assignment:
    """The latest rows to test, those before to validation; rows of one moment stay together."""
    if not len(times):
        return np.zeros(0, dtype=np.int8)
    ordered = np.sort(times)
    first_test = ordered[_place(1 - test_share, len(times))]
    first_validation = ordered[_place(1 - test_share - validation_share, len(times))]
    late = np.where(times >= first_test, TEST, VALIDATION)
    return np.where(times < first_validation, TRAIN, late).astype(np.int8)


def split_by_position(
    lengths: NDArray[np.int64], *, validation_share: float, test_share: float
) -> Assignment:
    """The end of the text to test, what stands before it to validation; in whole rows.

    Args:
        lengths: (rows,) characters of each row, in the order of the text; below 0 for rows
            that were added to it and are all for training.
        validation_share: Share of the characters.
        test_share: Share of the characters.
    """
    own = np.maximum(lengths, 0)
    ends = np.cumsum(own)
    total = int(ends[-1]) if len(ends) else 0
    middles = ends - own / 2
    first_test = (1 - test_share) * total
    first_validation = first_test - validation_share * total
    late = np.where(middles >= first_test, TEST, VALIDATION)
    in_training = (middles < first_validation) | (lengths < 0)
    return np.where(in_training, TRAIN, late).astype(np.int8)


def drop_known(assignment: Assignment, groups: Hashes) -> Assignment:
    """Drop earlier splits' rows whose group stands in a later one; test stays whole.

    Training gives way to validation and test, validation gives way to test.
    """
    result = assignment.copy()
    for split in (TRAIN, VALIDATION):
        known = np.isin(groups, groups[result > split])
        result[(result == split) & known] = DROPPED
    return result


def drawn(groups: Hashes, limit: int, *, seed: int) -> NDArray[np.bool_]:
    """True for `limit` rows drawn by the seed, whole groups first; never the head of a file."""
    stays = np.zeros(len(groups), dtype=np.bool_)
    order = np.argsort(_number(groups, seed, purpose="limit"), kind="stable")
    stays[order[:limit]] = True
    return stays


def require_rows(assignment: Assignment, groups: Hashes, data: DataConfig) -> None:
    """Refuse a split without rows.

    Raises:
        InputError: If one is empty; the message counts the groups and says what to do.
    """
    empty = [name for place, name in enumerate(SPLITS) if not (assignment == place).any()]
    if empty:
        count = len(np.unique(groups[assignment != DROPPED]))
        if data.split == "position":
            raise InputError(
                f"{_listed(empty)} came out empty: the text has {len(assignment):,} blocks of "
                f"some 500 characters, which are not cut; give more text, or a larger "
                f"validation_share ({data.validation_share:g}) and test_share "
                f"({data.test_share:g})"
            )
        groups_of = "cases" if data.problem == "events" else "groups of equal text"
        raise InputError(
            f"{_listed(empty)} came out empty from {count:,} {groups_of} "
            f"(validation_share {data.validation_share:g}, test_share {data.test_share:g}, "
            f"split_seed {data.split_seed}); raise the share, change the seed, or use more data"
        )


def _number(groups: Hashes, seed: int, *, purpose: str) -> NDArray[np.float64]:
    """A number from 0 to 1 per group, as if drawn anew for every seed and purpose.

    The finaliser of SplitMix64 (Steele, Lea and Flood 2014, figure 15), a bijection whose
    every output bit depends on every input bit.
    """
    salt = np.frombuffer(purpose.ljust(8).encode(), dtype="<u8").astype(np.uint64)
    start = _mixed(salt + np.uint64(seed % 2**64))
    bits = _mixed(groups ^ start) >> np.uint64(11)
    return bits.astype(np.float64) * 2.0**-53


def _mixed(values: Hashes) -> Hashes:
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _place(share: float, rows: int) -> int:
    return min(max(round(share * rows), 0), rows - 1)


def _listed(names: Sequence[SplitName]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
