"""A mark that changes a last digit by one at most, and nothing else."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from serving.retention.export.watermark import (
    MARKED,
    customer_blocks,
    keyed_bits,
    marked,
    marked_values,
)

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
IDS = [f"C{number:07d}" for number in range(4_000)]


def customer_bits(key: bytes, ids: list[str]) -> npt.NDArray[np.uint8]:
    return keyed_bits(key, customer_blocks(ids))


def test_bits_are_those_of_the_standard() -> None:
    """FIPS 197, appendix C.3: AES-256 of one block."""
    key = bytes(range(32))
    block = bytes.fromhex("00112233445566778899aabbccddeeff")
    assert keyed_bits(key, block).tolist() == [0x8E]
    assert customer_blocks(["C1"]) == hashlib.blake2b(b"C1", digest_size=16).digest()


def test_keys_and_columns_have_bits_of_their_own() -> None:
    own, other = customer_bits(KEY, IDS), customer_bits(OTHER, IDS)
    for place in range(8):
        bits = own >> place & 1
        assert abs(bits.mean() - 0.5) < 0.04
        assert abs((bits == (other >> place & 1)).mean() - 0.5) < 0.04
        assert abs((bits == (own >> (place + 1) % 8 & 1)).mean() - 0.5) < 0.04


@given(
    value=st.floats(-1e7, 1e7),
    digits=st.integers(0, 4),
    bit=st.integers(0, 1),
)
def test_a_value_moves_by_one_unit_of_its_last_digit_at_most(
    value: float, digits: int, bit: int
) -> None:
    (found,) = marked_values(np.array([value]), digits, np.array([bit]))
    unit = 10.0**-digits
    assert abs(found - value) <= unit * (1 + 1e-6)
    if value != 0:
        assert round(found / unit) % 2 == bit
        assert float(f"{found:.{digits}f}") == found


@given(risk=st.floats(0, 1), bit=st.integers(0, 1))
def test_a_risk_stays_a_probability(risk: float, bit: int) -> None:
    (found,) = marked_values(np.array([risk]), 4, np.array([bit]), 1.0)
    assert 0 <= found <= 1


@given(first=st.floats(0, 1e6), second=st.floats(0, 1e6), bits=st.tuples(*[st.integers(0, 1)] * 2))
def test_two_change_places_only_where_they_are_two_units_apart_or_less(
    first: float, second: float, bits: tuple[int, int]
) -> None:
    one, other = marked_values(np.array([first, second]), 2, np.array(bits))
    if first - second > 0.0200001:
        assert one > other


def test_the_mean_is_kept() -> None:
    risks = np.random.default_rng(1).uniform(0, 0.2, len(IDS))
    found = marked_values(risks, 4, customer_bits(KEY, IDS) & 1, 1.0)
    assert abs(found.mean() - risks.mean()) < 2e-6


def test_only_scores_are_marked_and_absent_ones_stay_absent() -> None:
    part = pa.record_batch(
        {
            "customer_id": ["C1", "C2", "C3"],
            "revenue": [50.123, 60.0, 70.0],
            "churn_risk": [0.34651, None, math.nan],
            "value_at_stake": [0.0, 100.0, 200.0],
        }
    )
    found = marked(part, KEY)
    assert found.schema.names == part.schema.names
    assert found["customer_id"] == part["customer_id"]
    assert found["revenue"] == part["revenue"]
    risk = found["churn_risk"].to_pylist()
    assert risk[0] in (0.3465, 0.3466)
    assert risk[1:] == [None, None]
    assert found["value_at_stake"].to_pylist()[0] == 0
    assert set(MARKED) == {"churn_risk", "value_at_stake", "expected_gain", "expected_loss"}
