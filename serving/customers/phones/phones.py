"""The table of phone numbers: found by a keyed hash, encrypted, masked for most.

Both keys come from the master key whose number stands in the row. The hash cannot be undone
without it, though there are few phone numbers: with the database alone they cannot all be tried.
Rows of several master keys may stand side by side while keys are rotated, so a number is looked
up under each of them. The cipher is AES-256-GCM, bound to its customer: a row moved to another
customer does not open.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, func, select

from features.disk.secrets import Secrets
from features.errors import SettingsError
from serving.customers.phones.numbers import masked
from serving.database.tables import phones
from serving.phone_settings import PhoneSettings

NONCE_BYTES = 12
AT_ONCE = 500

_by_hash = select(phones.c.customer_id, phones.c.phone_hmac).where(
    phones.c.phone_hmac.in_(bindparam("hashes", expanding=True))
)
_by_customer = select(phones).where(
    phones.c.customer_id.in_(bindparam("customer_ids", expanding=True))
)


@dataclass(frozen=True, repr=False)
class Ciphers:
    """What hashes, encrypts and decrypts numbers, by the number of the master key."""

    secrets: Secrets
    _hashing: dict[int, bytes] = field(default_factory=dict)
    _ciphers: dict[int, AESGCM] = field(default_factory=dict)

    def hash(self, number: str, key: int) -> str:
        """The keyed hash by which the number is found."""
        if key not in self._hashing:
            self._hashing[key] = self.secrets.derived(key, "phone look-up")
        return hmac.digest(self._hashing[key], number.encode(), "sha256").hex()

    def encrypted(self, number: str, customer_id: str, key: int) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(key).encrypt(nonce, number.encode(), _bound(customer_id, key))

    def decrypted(self, stored: bytes, customer_id: str, key: int) -> str:
        """The number. Raises SettingsError where it was encrypted with another key, or moved."""
        nonce, text = stored[:NONCE_BYTES], stored[NONCE_BYTES:]
        try:
            return self._cipher(key).decrypt(nonce, text, _bound(customer_id, key)).decode()
        except InvalidTag:
            raise SettingsError(
                "a phone number cannot be decrypted: the secrets are not those of this database, "
                "or its row was altered. Restore both from one backup."
            ) from None

    def _cipher(self, key: int) -> AESGCM:
        if key not in self._ciphers:
            self._ciphers[key] = AESGCM(self.secrets.derived(key, "phone encryption"))
        return self._ciphers[key]


def _bound(customer_id: str, key: int) -> bytes:
    return f"{key}:{customer_id}".encode()


def row_of(
    customer_id: str, number: str, ciphers: Ciphers, imported_at: datetime
) -> dict[str, Any]:
    """The number's row, under the newest key."""
    key = ciphers.secrets.newest
    return {
        "customer_id": customer_id,
        "phone_hmac": ciphers.hash(number, key),
        "phone_encrypted": ciphers.encrypted(number, customer_id, key),
        "key_number": key,
        "imported_at": imported_at,
    }


def keys_in_use(connection: Connection) -> dict[int, int]:
    """How many rows each master key has, by its number."""
    rows = select(phones.c.key_number, func.count()).group_by(phones.c.key_number)
    return {number: count for number, count in connection.execute(rows).tuples()}


def holders(
    connection: Connection, numbers: Iterable[str], ciphers: Ciphers, keys: Iterable[int]
) -> dict[str, str]:
    """Who has each of these numbers (E.164): customer ids by number; `keys` are those in use."""
    hashed = {ciphers.hash(number, key): number for number in numbers for key in keys}
    found: dict[str, str] = {}
    for some in _parts(hashed):
        for customer_id, digest in connection.execute(_by_hash, {"hashes": some}).tuples():
            found[hashed[digest]] = customer_id
    return found


def find(connection: Connection, number: str, secrets: Secrets) -> str | None:
    """The customer with this number (E.164); null where no customer has it."""
    keys = keys_in_use(connection)
    return holders(connection, [number], Ciphers(secrets), keys).get(number)


def numbers_of(
    connection: Connection, customer_ids: Iterable[str], ciphers: Ciphers
) -> dict[str, str]:
    """The numbers of those of these customers that have one, by id."""
    found: dict[str, str] = {}
    for some in _parts(dict.fromkeys(customer_ids)):
        for row in connection.execute(_by_customer, {"customer_ids": some}):
            stored = bytes(row.phone_encrypted)
            found[row.customer_id] = ciphers.decrypted(stored, row.customer_id, row.key_number)
    return found


def shown_to(
    role: str,
    connection: Connection,
    customer_ids: Iterable[str],
    secrets: Secrets,
    settings: PhoneSettings,
) -> dict[str, str]:
    """The numbers as this role may see them, by customer: whole or masked."""
    found = numbers_of(connection, customer_ids, Ciphers(secrets))
    if role in settings.visible_to:
        return found
    return {own: masked(number, settings) for own, number in found.items()}


def _parts(keys: Mapping[str, Any]) -> Iterable[list[str]]:
    own = list(keys)
    return (own[start : start + AT_ONCE] for start in range(0, len(own), AT_ONCE))
