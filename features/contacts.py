"""Contacts: who may be contacted at all. The ledger of contacts made will stand here too."""

from __future__ import annotations

import hashlib

from features.settings import HoldoutSettings


def in_universal_holdout(customer_id: str, holdout: HoldoutSettings) -> bool:
    """Is the customer in the permanent random share outside all commercial contact?

    Drawn by a salted hash of the id, so that it needs no store, never changes, and is
    independent of everything known of the customer.

    >>> in_universal_holdout("C0000001", HoldoutSettings(share=0.0, salt="s"))
    False
    """
    digest = hashlib.sha256(f"{holdout.salt}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < holdout.share * 2**64
