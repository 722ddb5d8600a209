"""The chain: each row's hash is over its content and the hash of the row before it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

# Everything that a row says, in the order in which it is hashed.
CONTENT = (
    "number", "at", "request_id", "caller", "role", "method", "route", "purpose", "status", "code",
    "subjects", "detail",
)  # fmt: skip
NO_HASH = "0" * 64  # stands before the first row

_as_json = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Head:
    """The last row of the chain; `NO_HASH` and number 0 where there is none yet."""

    number: int = 0
    hash: str = NO_HASH


def row_hash(before: str, row: Mapping[str, Any], pseudonyms: Sequence[str]) -> str:
    """The hash of a row behind one with the hash `before`, in hexadecimal.

    `row` has `CONTENT`; `pseudonyms` are those of its subjects, in order. The canonical form is a
    JSON array in ASCII: the hash before, the content with `at` as 2026-03-02T09:00:00.000000, and
    the array of pseudonyms.
    """
    content = [row[name] for name in CONTENT]
    content[1] = row["at"].isoformat(timespec="microseconds")
    return sha256(_as_json([before, *content, list(pseudonyms)]).encode("ascii")).hexdigest()
