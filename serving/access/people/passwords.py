"""Passwords as argon2id hashes: slow on purpose, and as slow for a user who does not exist."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from features.errors import RequestRefused

MIN_LENGTH, MAX_LENGTH = 12, 128

_hasher = PasswordHasher()  # argon2id with the parameters that RFC 9106 recommends second


def hashed(password: str) -> str:
    """The hash of a new password, with its salt and parameters; takes about 50 ms.

    Raises RequestRefused (`password`) where it is too short or too long.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise RequestRefused(
            "password",
            f"the password has {len(password)} characters; expected {MIN_LENGTH} to {MAX_LENGTH}",
        )
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; never where none is, but after the same time."""
    try:
        _hasher.verify(stored or _of_no_one(), password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a hash has other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@cache
def _of_no_one() -> str:
    return _hasher.hash(secrets.token_urlsafe())
