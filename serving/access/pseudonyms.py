"""Pseudonyms of customers, for roles that work on them and must not know who they are.

A customer has the same pseudonym in one home for ever, and another in each other home. It is the
id encrypted by a key that stays in the home (AES-SIV, RFC 5297, which gives equal texts equal
ciphers and opens nothing that was altered), so that a scientist can name a customer by
pseudonym, and cannot compute one from an id.
"""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from features.errors import LiukeError, UnknownCustomers
from features.home import Home

KEY_BYTES = 64
PREFIX = "P"
MARK_BYTES = 16  # of the cipher, by which it is seen to be whole


@dataclass(frozen=True)
class Pseudonyms:
    """The pseudonyms of one home, by its key."""

    key: bytes

    def of(self, customer_id: str) -> str:
        """The customer's pseudonym; of an id of up to 31 bytes it has at most 64 characters."""
        cipher = AESSIV(self.key).encrypt(customer_id.encode(), None)
        return PREFIX + urlsafe_b64encode(cipher).decode().rstrip("=")

    def opened(self, pseudonyms: Sequence[str]) -> list[str]:
        """The customers' ids. Raises UnknownCustomers naming what is not one of our pseudonyms."""
        found = {pseudonym: self._id(pseudonym) for pseudonym in pseudonyms}
        absent = [pseudonym for pseudonym, own in found.items() if own is None]
        if absent:
            raise UnknownCustomers(
                f"no score for {len(absent)} of {len(found)} customers: expected pseudonyms of "
                "this home.",
                customer_ids=absent,
            )
        return [own for own in found.values() if own is not None]

    def _id(self, pseudonym: str) -> str | None:
        text = pseudonym.removeprefix(PREFIX)
        try:
            cipher = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (Error, ValueError):
            return None
        if not pseudonym.startswith(PREFIX) or len(cipher) <= MARK_BYTES:
            return None
        try:
            found = AESSIV(self.key).decrypt(cipher, None).decode()
        except InvalidTag:
            return None
        # Other letters may decode to the same bytes: one customer has one pseudonym.
        return found if self.of(found) == pseudonym else None


def by_pseudonym(
    score: Callable[[Sequence[str]], list[dict[str, Any]]],
    pseudonyms: Sequence[str],
    customer_ids: Sequence[str],
) -> list[dict[str, Any]]:
    """The scores of the customers, in answers and refusals by their pseudonyms alone.

    Raises what `score` does.
    """
    try:
        found = score(customer_ids)
    except LiukeError as error:
        if "customer_ids" in error.details:
            names = dict(zip(customer_ids, pseudonyms, strict=True))
            error.details["customer_ids"] = [names[one] for one in error.details["customer_ids"]]
        raise
    return [
        own | {"customer_id": pseudonym} for pseudonym, own in zip(pseudonyms, found, strict=True)
    ]


def pseudonym_key(home: Path) -> bytes:
    """The home's key, made at its first use, readable by its user alone."""
    path = Home(home).pseudonym_key
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # whole, and the first one's alone
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_bytes()
