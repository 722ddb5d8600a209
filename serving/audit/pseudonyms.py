"""How the audit names a person: by a pseudonym under a random key of their own.

Once the key is destroyed the pseudonym names no customer any more, and the chain still verifies.
Keys are read inside each transaction that needs them and never kept, so a destroyed one cannot be
used again by any process.

Only customers have keys. What else a refused request named may be anything, a phone number typed
as an id too: it is `UNKNOWN`, one name for all of them, so nothing of it is kept.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, insert, select

from serving.database.prepared import Prepared
from serving.database.tables import LONGEST_ID, person_keys

KEY_BYTES = 32
LENGTH = 32  # hexadecimal digits: 128 bits
AT_ONCE = 500
UNKNOWN = "unknown"  # no hexadecimal number, so no customer's

Customers = Callable[[Sequence[str]], Collection[str]]  # which of these ids are customers'

_key_of = Prepared(
    select(person_keys.c.key).where(person_keys.c.customer_id == bindparam("customer_id"))
)
_add_keys = Prepared(insert(person_keys))
_keys_of = select(person_keys.c.customer_id, person_keys.c.key).where(
    person_keys.c.customer_id.in_(bindparam("customer_ids", expanding=True))
)


def pseudonym(customer_id: str, key: bytes) -> str:
    """The customer's pseudonym under this key.

    >>> pseudonym("C0012345", bytes(32))
    '4bf1e44022317cb3b35d79d67eb27e9f'
    """
    return hmac.digest(key, storable(customer_id).encode(), "sha256").hex()[:LENGTH]


def storable(text: str, longest: int = LONGEST_ID) -> str:
    """The text as every database can store it; the id of an existing customer is left as it is.

    A caller may have written anything in its place: the refusal is recorded all the same.
    """
    return text.replace("\0", "\ufffd")[:longest].encode("utf-8", "replace").decode()


def keys_of(connection: Connection, customer_ids: Iterable[str]) -> dict[str, bytes]:
    """The keys of those of these customers who have one, by id."""
    found: dict[str, bytes] = {}
    ids = list(dict.fromkeys(map(storable, customer_ids)))
    if len(ids) == 1:  # as most requests are
        return {
            own: row.key for own in ids for row in _key_of.all(connection, {"customer_id": own})
        }
    for start in range(0, len(ids), AT_ONCE):
        some = {"customer_ids": ids[start : start + AT_ONCE]}
        found.update(connection.execute(_keys_of, some).tuples().all())
    return found


def pseudonyms(
    connection: Connection,
    found: Collection[str],
    named: Collection[str] = (),
    customers: Collection[str] = (),
) -> Mapping[str, str]:
    """Pseudonyms by id; a customer without a key gets one in this transaction.

    `found` are customers. `named` is what refused requests called so: those of them who are among
    `customers` or have a key are, the others are `UNKNOWN`.
    """
    if not found and not named:
        return {}
    certain = dict.fromkeys([*map(storable, found), *(own for own in named if own in customers)])
    keys = keys_of(connection, [*certain, *named])
    new = {own: secrets.token_bytes(KEY_BYTES) for own in certain if own not in keys}
    if new:
        rows = [{"customer_id": own, "key": key} for own, key in new.items()]
        _add_keys.run(connection, *rows)
        keys |= new
    return {own: _name(own, keys.get(storable(own))) for own in (*found, *named)}


def _name(customer_id: str, key: bytes | None) -> str:
    return UNKNOWN if key is None else pseudonym(customer_id, key)
