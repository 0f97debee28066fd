"""Group keys and their hashes."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.grouping import as_hex, group_key, hash_of, row_hash


def column(*texts: str) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def key(text: str) -> str:
    return group_key(column(text))[0].as_py()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Don't  stop!", "don\u2019t stop"),
        ("Hello, world.", "hello - world"),
        ("Straße", "STRASSE"),
        ("ﬁn", "FIN"),
        ("cafe\u0301", "Café"),
        ("Qui\u202f?", "«qui»"),
        ("a\u00a0b", "a\tb"),
        ("\u210cello", "hello"),
    ],
)
def test_spellings_of_one_text_share_a_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("now here", "nowhere"), ("?", "!"), ("😀", "😡"), ("été", "ete"), ("5", "$5")],
)
def test_different_texts_keep_different_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


@given(st.text(max_size=20))
def test_a_key_is_its_own_key(text: str) -> None:
    assert key(key(text)) == key(text)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_a_key_does_not_depend_on_the_rows_beside_it(texts: list[str]) -> None:
    assert group_key(column(*texts)).to_pylist() == [key(text) for text in texts]


def siphash(message: bytes, secret: bytes) -> int:
    """SipHash-2-4 as its paper gives it (Aumasson and Bernstein 2012, section 2)."""
    mask = 2**64 - 1

    def rotated(word: int, bits: int) -> int:
        return (word << bits | word >> 64 - bits) & mask

    def rounds(count: int) -> None:
        for _ in range(count):
            for a, b, c, d, left, right in ((0, 1, 2, 3, 13, 16), (2, 1, 0, 3, 17, 21)):
                state[a] = (state[a] + state[b]) & mask
                state[c] = (state[c] + state[d]) & mask
                state[b] = rotated(state[b], left) ^ state[a]
                state[d] = rotated(state[d], right) ^ state[c]
                state[a] = rotated(state[a], 32)

    low, high = (int.from_bytes(secret[i : i + 8], "little") for i in (0, 8))
    constants = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    state = [word ^ half for word, half in zip(constants, (low, high) * 2, strict=True)]
    padding = bytes(-(len(message) + 1) % 8) + bytes([len(message) % 256])
    for start in range(0, len(message) + len(padding), 8):
        word = int.from_bytes((message + padding)[start : start + 8], "little")
        state[3] ^= word
        rounds(2)
        state[0] ^= word
    state[2] ^= 0xFF
    rounds(4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def stirred(word: int) -> int:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014, figure 15)."""
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
    return word ^ word >> 31


def test_the_reference_gives_the_papers_test_vector() -> None:
    assert siphash(bytes(range(15)), bytes(range(16))) == 0xA129CA6149BE45E5  # appendix A


@given(st.text(max_size=40))
def test_a_groups_hash_is_siphash_of_its_utf8_bytes_stirred(text: str) -> None:
    expected = stirred(siphash(text.encode(), b"seqflow-group-01"))
    assert int(hash_of(column(text))[0]) == expected


def test_a_hash_is_written_as_16_hex_digits() -> None:
    hashes = hash_of(column("go", "", "été"))
    assert as_hex(hashes).to_pylist() == [f"{int(value):016x}" for value in hashes]


def test_rows_are_equal_only_in_all_columns() -> None:
    left, right = column("a", "a", "ab", "a"), column("b", "c", "", "b")
    hashes = row_hash({"source": left, "target": right})
    assert hashes[0] == hashes[3]
    assert len(set(hashes.tolist())) == 3
