"""Another master key: every phone number is hashed and encrypted again, batch after batch.

The new key is in the file before the first row has it; a rotation that is killed leaves rows of
both keys, which are found and read all the same, and the next one goes on with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, update

from features.disk.locks import writing
from features.disk.secrets import (
    Secrets,
    made_secrets,
    read_secrets,
    with_new_key,
    write_secrets,
)
from features.errors import SettingsError
from features.progress import Progress, silent
from serving.customers.phones.phones import Ciphers, keys_in_use
from serving.database.tables import phones

BATCH = 5_000
COMMAND = "liuke secrets rotate"

_again = (
    update(phones)
    .where(phones.c.customer_id == bindparam("own"))
    .values(
        phone_hmac=bindparam("digest"),
        phone_encrypted=bindparam("cipher"),
        key_number=bindparam("number"),
    )
)


@dataclass(frozen=True)
class Rotated:
    """The key in use now, how many numbers were encrypted again, and which keys none needs."""

    key: int
    numbers: int
    unused: tuple[int, ...]


def rotate(home: Path, engine: Engine, progress: Progress = silent) -> Rotated:
    """Add a key and bring all numbers to it; where a rotation was cut short, finish that one.

    Raises HomeBusy, SettingsError, OutputError.
    """
    with writing(home, COMMAND):
        secrets = made_secrets(home)
        with engine.connect() as connection:
            left = _old_rows(connection, secrets)
        if not left:
            secrets = with_new_key(secrets)
            write_secrets(home, secrets)
            with engine.connect() as connection:
                left = _old_rows(connection, secrets)
        ciphers, done, last = Ciphers(secrets), 0, ""
        progress("phone numbers", 0, max(left, 1))
        while done < left:
            with engine.begin() as connection:
                count, last = _batch(connection, ciphers, last)
            if not count:
                break
            done += count
            progress("phone numbers", done, left)
        progress("phone numbers", 1, 1)
        unused = tuple(number for number in sorted(secrets.keys) if number != secrets.newest)
        return Rotated(secrets.newest, done, unused)


def _old_rows(connection: Connection, secrets: Secrets) -> int:
    counts = keys_in_use(connection)
    return sum(count for number, count in counts.items() if number != secrets.newest)


def _batch(connection: Connection, ciphers: Ciphers, after: str) -> tuple[int, str]:
    """Encrypt the next rows again, by customer; how many, and the last of them."""
    newest = ciphers.secrets.newest
    rows = connection.execute(
        select(phones)
        .where(phones.c.key_number != newest, phones.c.customer_id > after)
        .order_by(phones.c.customer_id)
        .limit(BATCH)
    ).all()
    again: list[dict[str, Any]] = []
    for row in rows:
        stored = bytes(row.phone_encrypted)
        number = ciphers.decrypted(stored, row.customer_id, row.key_number)
        again.append(
            {
                "own": row.customer_id,
                "digest": ciphers.hash(number, newest),
                "cipher": ciphers.encrypted(number, row.customer_id, newest),
                "number": newest,
            }
        )
    if again:
        connection.execute(_again, again)
    return len(rows), rows[-1].customer_id if rows else after


def remove_key(home: Path, engine: Engine, number: int) -> None:
    """Remove an old key from the file of secrets.

    Raises SettingsError where there is no such key, it is the one in use, or numbers need it.
    """
    with writing(home, "liuke secrets remove"):
        secrets = read_secrets(home)
        if secrets is None or number not in secrets.keys:
            known = ", ".join(map(str, sorted(secrets.keys))) if secrets else "none"
            raise SettingsError(f"the secrets have no key {number}; there are: {known}")
        with engine.connect() as connection:
            rows = keys_in_use(connection).get(number, 0)
        if number == secrets.newest or rows:
            raise SettingsError(
                f"key {number} is in use ({rows:,} phone numbers). Run `liuke secrets rotate` "
                f"first; then it can be removed."
            )
        keys = {own: key for own, key in secrets.keys.items() if own != number}
        write_secrets(home, Secrets(keys, secrets.erased))
