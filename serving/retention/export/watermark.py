"""A mark in the low digits of the scores, by which a file names who received it.

After Agrawal and Kiernan, Watermarking Relational Databases, VLDB 2002: a keyed hash of the row's
primary key decides a low bit of a number in it. Here the row is the customer's, each column of
`MARKED` has a bit of its own, and the bit says whether the written number, counted in units of its
last digit, is odd. Every export has its own key, so that the same customer has other digits in two
of them. What is written is the nearest number of that kind. It differs from the true value by at
most one unit of the last digit, 0.0001 of a risk or 0.01 of an amount, where rounding alone differs
by half a unit. Two customers change places only if they lie within two units of each other. A
value of 0 stays 0, and no risk passes 1.

The keys are secret, not the method: without its key a mark cannot be distinguished from rounding.
Order, other rows and other columns have no part in it, so it survives sorting, cutting and
renaming. It does not survive a digit less, or other low digits written over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

# How many digits each is written with. Its bit is its place here: add at the end alone, at most 8.
MARKED: Mapping[str, int] = {
    "churn_risk": 4, "value_at_stake": 2, "expected_gain": 2, "expected_loss": 2,
}  # fmt: skip
AT_MOST = {"churn_risk": 1.0}
KEY_BYTES = 32
BLOCK = 16

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]


def customer_blocks(customer_ids: Iterable[str]) -> bytes:
    """The hash of each customer's id, 16 bytes each; no key has a part in it."""
    return b"".join(blake2b(own.encode(), digest_size=BLOCK).digest() for own in customer_ids)


def keyed_bits(key: bytes, blocks: bytes) -> Bits:
    """Eight keyed bits of each customer, as a byte.

    The first of its block under AES-256: as good a keyed hash as HMAC, and one call for all
    customers, so that a file is compared with thousands of exports in a second.
    """
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return np.frombuffer(cipher.update(blocks), np.uint8)[::BLOCK]


def marked(part: pa.RecordBatch, key: bytes) -> pa.RecordBatch:
    """The part of a list with the mark of `key` in those of its columns that are in `MARKED`.

    The columns have the names that the program uses, `customer_id` among them.
    """
    bits = keyed_bits(key, customer_blocks(part["customer_id"].to_pylist()))
    for place, (name, digits) in enumerate(MARKED.items()):
        if name in part.schema.names:
            values = part[name].to_numpy(zero_copy_only=False).astype(float)
            most = AT_MOST.get(name, np.inf)
            written = marked_values(values, digits, bits >> place & 1, most)
            own = part.schema.get_field_index(name)
            part = part.set_column(own, name, pa.array(written, pa.float64(), from_pandas=True))
    return part


def marked_values(values: Floats, digits: int, bits: Any, most: float = np.inf) -> Floats:
    """The values with so many digits, each odd in its last one where its bit is 1.

    >>> marked_values(np.array([0.34651, 0.34651, 0.0, np.nan]), 4, np.array([0, 1, 1, 1]))
    array([0.3466, 0.3465, 0.    ,    nan])
    """
    unit = 10.0**digits
    exact = values * unit
    units = np.rint(exact)
    with np.errstate(invalid="ignore"):
        is_other = units % 2 != bits
        units = np.where(is_other, units + np.where(exact >= units, 1, -1), units)
        units = np.where(units > most * unit, units - 2, units)
    return np.where(values == 0, 0.0, units / unit)
