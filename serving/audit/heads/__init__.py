"""Heads of the chain, kept elsewhere: the only proof that no rows were cut off at its end.

One JSON line each, {"number": 812, "hash": "5f0c..."}; a file may hold many, the newest last.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from sqlalchemy import Engine, select

from features.errors import OutputError, SettingsError
from serving.audit.chain import NO_HASH, Head
from serving.database.tables import THE_HEAD, audit_head


def current_head(engine: Engine) -> Head:
    """The head that the database holds. Raises OutputError where it holds none."""
    query = select(audit_head.c.number, audit_head.c.hash).where(audit_head.c.id == THE_HEAD)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise OutputError(
            "the audit has no head: its row in audit_head was removed. Run `liuke audit verify`, "
            "then restore the operational database from a backup."
        )
    return Head(row.number, row.hash)


def line_of(head: Head) -> str:
    """
    >>> line_of(Head(812, "5f0c"))
    '{"number": 812, "hash": "5f0c"}'
    """
    return json.dumps({"number": head.number, "hash": head.hash})


def append_head(path: Path, head: Head) -> None:
    """Add the head to the file, durably; several processes may. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(descriptor, f"{line_of(head)}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_heads(path: Path) -> list[Head]:
    """The heads in the file. Raises SettingsError where it cannot be read or holds none."""
    try:
        lines = path.read_text("utf-8").splitlines()
        heads = [_read(json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{path} cannot be read as heads of the audit ({error}); expected lines such as "
            f"{line_of(Head(812, NO_HASH))}, as `liuke audit head` writes them."
        ) from error
    if not heads:
        raise SettingsError(f"{path} holds no head of the audit; write it with `liuke audit head`.")
    return heads


def _read(line: dict[str, object]) -> Head:
    number, digest = line["number"], line["hash"]
    if not isinstance(number, int) or not isinstance(digest, str) or len(digest) != len(NO_HASH):
        raise ValueError(f"not a head: {line}")
    return Head(number, digest)
