"""What may be asked of a trained model's decoding."""

import numpy as np
import pytest

from configs.training import DecodingConfig
from models.asked_decoding import AskedDecoding
from storage.errors import InputError

OWN = DecodingConfig(max_tokens=40, beam_size=2, length_penalty=0.6)


def test_what_is_not_asked_for_stays_the_models_own():
    assert AskedDecoding().over(OWN) == OWN
    changed = AskedDecoding(beam=5, max_tokens=9).over(OWN)
    assert changed == OWN.model_copy(update={"beam_size": 5, "max_tokens": 9})
    assert AskedDecoding(beam=np.int64(3)).over(OWN).beam_size == 3  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"beam": 0}, "beam is a whole number from 1 to 64, not 0; leave it out"),
        ({"beam": 1000}, "beam is a whole number from 1 to 64, not 1000"),
        ({"beam": "wide"}, "beam is a whole number from 1 to 64, not 'wide'"),
        ({"beam": 2.5}, "not 2.5"),
        ({"beam": True}, "not True"),
        ({"max_tokens": 10_001}, "max_tokens is a whole number from 1 to 10000, not 10001"),
        ({"n_best": 0}, "n_best is a whole number from 1 to 64, not 0"),
    ],
)
def test_values_that_decoding_cannot_use_are_refused(asked: dict[str, int], message: str):
    with pytest.raises(InputError, match=message):
        AskedDecoding(**asked)


def test_more_answers_than_the_beam_holds_are_refused():
    assert AskedDecoding(n_best=2).over(OWN).beam_size == 2
    with pytest.raises(InputError, match="n_best is 3, but a beam of 2 .* a beam of 3 or more"):
        AskedDecoding(n_best=3).over(OWN)
