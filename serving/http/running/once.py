"""What a request makes is made once, however often its key is sent: its id follows from the key."""

from __future__ import annotations

import secrets
from hashlib import sha256

from serving.access.principal import Principal


def own_id(caller: Principal, key: str | None, digits: int) -> str:
    """The id, in hexadecimal digits, of what this caller makes with this key; any without one.

    >>> lin = Principal("lin", "marketing")
    >>> own_id(lin, "k1", 32) == own_id(lin, "k1", 32) != own_id(lin, "k2", 32)
    True
    >>> own_id(lin, None, 24) == own_id(lin, None, 24)
    False
    """
    if key is None:
        return secrets.token_hex(digits // 2)
    return sha256(f"{caller.id}\0{key}".encode()).hexdigest()[:digits]
